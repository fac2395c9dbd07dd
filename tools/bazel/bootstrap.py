"""Sets the private Bazel up: `bootstrap.py --prefix FOLDER`, called by ./bazelw.

The folder's launcher is written last, and nothing uses the folder without it.
What was fetched is kept until then, so that an interrupted setup goes on where
it stopped. Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import json
import os
import platform
import re
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

# -I keeps this folder off the path: the environment must not choose what is imported.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from apt import KEYRING, Package, PrivateApt
from bazelrc import bazelrc, write_stubs
from download import MB, Progress, fetch, size_of
from errors import INSTALL_BAZEL, BootstrapError, disk_full
from process import run
from relocate import (
    java_home,
    only,
    relocate_classpath,
    relocate_files,
    relocate_programs,
)
from simulator import fill_distdir, github_answers

_HERE = Path(__file__).resolve().parent
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# Packages, and what they hold unpacked.
_DISK_NEEDED = 900 * MB

_DOWNLOADS = "downloads"

# ./bazelw touches the second at each start.
_USES = ("bazel", "used")
_KEPT_DAYS = 30

_OTHER_FOLDER = "Set XDG_CACHE_HOME to a folder"


def _check_system() -> str:
    """Returns the Debian architecture; raises BootstrapError where this cannot work."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _ARCHITECTURES:
        raise BootstrapError(
            f"no private Bazel for {platform.system()} on {machine}: only for Linux on x86_64 "
            f"and aarch64. {INSTALL_BAZEL}"
        )
    for tool in ["apt-get", "dpkg-deb"]:
        if not shutil.which(tool):
            raise BootstrapError(
                f"no {tool} on this system, so no private Bazel can be set up from Debian's "
                f"packages. {INSTALL_BAZEL}"
            )
    if not KEYRING.is_file():
        raise BootstrapError(
            f"no {KEYRING}, so Debian's packages cannot be verified. "
            f"Install debian-archive-keyring. Or: {INSTALL_BAZEL}"
        )
    return _ARCHITECTURES[machine]


def check_folder(prefix: Path) -> None:
    """Raises BootstrapError where Bazel could be set up but would not work."""
    if Path("/tmp").resolve() in prefix.resolve().parents:
        raise BootstrapError(
            f"{prefix} is below /tmp, which Bazel's sandbox hides. {_OTHER_FOLDER} elsewhere."
        )
    # Some separate the entries of class and library paths; others Bazel itself cannot have.
    if re.search(r"[:;$]|[^!-~]", str(prefix)):
        raise BootstrapError(
            f"Bazel cannot work in {str(prefix)!a}. {_OTHER_FOLDER} whose path has "
            "no white space, colon, semicolon, dollar sign or letter beyond ASCII."
        )


def _check_disk(folder: Path, fetched: int) -> None:
    needed = (_DISK_NEEDED - fetched) // MB
    free = shutil.disk_usage(folder).free // MB
    if free < needed:
        raise disk_full(f"{folder} has {free} MB free, {needed} MB are needed")


def wanted(packages: Sequence[Package], left_out: Mapping[str, list[str]]) -> list[Package]:
    """Returns the packages whose names match no pattern of what is left out."""
    patterns = [pattern for group in left_out.values() for pattern in group]
    return [p for p in packages if not any(fnmatch(p.name, pattern) for pattern in patterns)]


def _unpack(packages: Sequence[Package], folder: Path, root: Path) -> None:
    def unpack(package: Package) -> None:
        command = ["dpkg-deb", "-x", str(folder / package.file), str(root)]
        run(command, f"cannot unpack {package.file}", "Run ./bazelw again.")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, packages))
    for name in ["doc", "man", "locale", "gdb"]:
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)


def _write_bazelrc(prefix: Path, table: Mapping[str, Any], stock: bool) -> None:
    share = prefix / "root/usr/share/bazel"
    write_stubs(prefix / "stubs", table["empty_modules"])
    text = bazelrc(
        {name: only(share, path) for name, path in table["modules"].items()},
        {name: prefix / "stubs" / name for name in table["empty_modules"]},
        prefix / "distdir",
        stock,
    )
    (prefix / "bazelrc").write_text(text, "utf-8")


def _check_launcher(launcher: Path) -> None:
    """Runs what was set up; raises BootstrapError if it is not a Bazel that is supported."""
    version = run(
        [str(launcher), "--version"],
        "the Bazel that was set up does not run",
        f"{_OTHER_FOLDER} that programs can be run from. Or: {INSTALL_BAZEL}",
        launcher.parent,
    ).strip()
    numbers = re.match(r"bazel (\d+)\.(\d+)\.", version)
    if not numbers or not (7, 1) <= (int(numbers[1]), int(numbers[2])) < (10, 0):
        raise BootstrapError(
            f"Debian's archive has {version!r} now; this repository supports 7.1 to 9. "
            f"{INSTALL_BAZEL}"
        )


def _write_launcher(prefix: Path) -> None:
    root = prefix / "root"
    options = [
        f"{root}/usr/bin/bazel",
        "--nosystem_rc",
        f"--bazelrc={prefix}/bazelrc",
        f"--install_base={root}/usr/share/bazel",
        "--trust_install_base",
        f"--server_javabase={java_home(root)}",
    ]
    launcher = prefix / "unchecked"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(options)} "$@"\n', "utf-8")
    launcher.chmod(0o755)
    _check_launcher(launcher)
    launcher.rename(prefix / "bazel")


def _runs_from(prefix: Path) -> bool:
    """Returns whether a process that we may look at runs a program of a folder."""
    for executable in Path("/proc").glob("[0-9]*/exe"):
        # Others' processes cannot be looked at, and any may have ended by now.
        with contextlib.suppress(OSError):
            if executable.readlink().is_relative_to(prefix):
                return True
    return False


def _is_stale(prefix: Path) -> bool:
    used = max(file.stat().st_mtime for name in _USES if (file := prefix / name).exists())
    return time.time() - used > _KEPT_DAYS * 86_400 and not _runs_from(prefix)


def remove_leftovers(folder: Path) -> None:
    """Removes set-ups that were interrupted, and those that are not in use any more.

    Args:
      folder: holds a folder for each set-up, whose lock the caller has.
    """
    for prefix in folder.iterdir():
        if not prefix.is_dir() or prefix.name == _DOWNLOADS:
            continue
        if not (prefix / "bazel").exists() or _is_stale(prefix):
            # First of all, for whoever comes while the rest is being removed.
            (prefix / "bazel").unlink(missing_ok=True)
            shutil.rmtree(prefix)


def set_up(prefix: Path, architecture: str) -> None:
    """Makes the folder of the private Bazel; the caller holds the lock.

    Raises:
      BootstrapError: it cannot be done; the message states the next step.
    """
    progress = Progress()
    table = json.loads((_HERE / "packages.json").read_text("utf-8"))
    downloads = prefix.parent / _DOWNLOADS
    root = prefix / "root"
    remove_leftovers(prefix.parent)
    _check_disk(prefix.parent, size_of(downloads))
    # For the user's eyes: the address of a mirror may hold a password.
    downloads.mkdir(mode=0o700, exist_ok=True)

    progress.show("setting a private Bazel up from Debian's packages")
    apt = PrivateApt(downloads / "apt", table["suite"], [architecture])
    apt.update()
    packages = wanted(apt.closure(table["install"]), table["left_out"])
    fetch(apt, packages, downloads / "packages", progress)
    root.mkdir(parents=True)
    fill_distdir(table["distdir"], downloads, prefix / "distdir", progress)
    stock = not github_answers(table["codspeed_simulator"])

    progress.show("unpacking")
    _unpack(packages, downloads / "packages", root)
    progress.show("relocating")
    relocate_files(root)
    relocate_programs(root)
    relocate_classpath(root)
    _write_bazelrc(prefix, table, stock)
    _write_launcher(prefix)
    shutil.rmtree(downloads, ignore_errors=True)
    if stock:
        progress.show("GitHub is out of reach: Debian's Valgrind measures, instead of CodSpeed's")
    progress.show(f"Bazel is set up in {prefix}")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock of all setups in a folder; waits for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        # The system's tools hold it too: see process.run.
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("bazelw: another ./bazelw is setting Bazel up; waiting for it", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def explained(error: OSError, prefix: Path) -> BootstrapError:
    """Returns the error that states the next step after a failed system call."""
    what = f"{error.filename or prefix}: {error.strerror}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(what)
    return BootstrapError(f"cannot set Bazel up: {what}. {_OTHER_FOLDER} that you can write to.")


def main(arguments: list[str]) -> int:
    """Sets up unless it is done; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--prefix", type=Path, required=True, help="the folder for the private Bazel"
    )
    prefix = parser.parse_args(arguments).prefix.absolute()
    try:
        architecture = _check_system()
        check_folder(prefix)
        with _locked(prefix.parent):
            if not (prefix / "bazel").exists():
                set_up(prefix, architecture)
    except (BootstrapError, OSError) as error:
        message = explained(error, prefix) if isinstance(error, OSError) else error
        print(f"bazelw: {message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bazelw: interrupted; the next run goes on where this one stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
