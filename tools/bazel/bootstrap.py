"""Sets the private Bazel up: `bootstrap.py --prefix FOLDER`, called by ./bazelw.

The folder appears whole or not at all: it is made beside its final place and
renamed at the end. What was fetched is kept until then, so that an interrupted
setup goes on where it stopped. Standard library only.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import errno
import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

# -I keeps this folder off the path: the environment must not choose what is imported.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from apt import Package, PrivateApt
from bazelrc import bazelrc, write_stubs
from download import Progress, fetch
from errors import BootstrapError
from relocate import java_home, relocate_classpath, relocate_links, relocate_programs

_HERE = Path(__file__).resolve().parent
_ARCHIVES = _HERE.parent / "archives.json"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_DEBIAN_PLATFORMS = {"linux_x86_64": "amd64", "linux_aarch64": "arm64"}

# Packages, unpacked files and what is there twice for a moment, in bytes.
_DISK_NEEDED = 900_000_000
_PROBE_TIMEOUT_S = 4


def _check_system(prefix: Path) -> str:
    """Returns the Debian architecture; raises BootstrapError where this cannot work."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in _ARCHITECTURES:
        raise BootstrapError(
            f"no private Bazel for {platform.system()} on {machine}: only for Linux on x86_64 "
            "and aarch64. Install bazelisk and put it on PATH."
        )
    for tool in ["apt-get", "dpkg-deb"]:
        if not shutil.which(tool):
            raise BootstrapError(
                f"no {tool} on this system, so no private Bazel can be set up from Debian's "
                "packages. Install bazelisk and put it on PATH."
            )
    if Path("/tmp") in prefix.parents:
        raise BootstrapError(
            f"{prefix} is below /tmp, which Bazel's sandbox hides. "
            "Set XDG_CACHE_HOME to another folder."
        )
    return _ARCHITECTURES[machine]


def _check_disk(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < _DISK_NEEDED:
        raise BootstrapError(
            f"{folder} has {free // 1_000_000} MB free, {_DISK_NEEDED // 1_000_000} MB are needed. "
            "Free some space, or set XDG_CACHE_HOME to a folder on another disk."
        )


def _wanted(packages: Sequence[Package], left_out: dict[str, list[str]]) -> list[Package]:
    patterns = [pattern for group in left_out.values() for pattern in group]
    return [p for p in packages if not any(fnmatch(p.name, pattern) for pattern in patterns)]


def _unpack(packages: Sequence[Package], folder: Path, root: Path) -> None:
    def unpack(package: Package) -> None:
        run = subprocess.run(
            ["dpkg-deb", "-x", str(folder / package.file), str(root)],
            capture_output=True,
            text=True,
        )
        if run.returncode != 0:
            raise BootstrapError(
                f"cannot unpack {package.file}: {run.stderr.strip()} "
                "Free some disk space if it is full, and run ./bazelw again."
            )

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(unpack, packages))
    for name in ["doc", "man", "locale", "gdb"]:
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)


def _github_is_reached(rows: Sequence[dict[str, Any]]) -> bool:
    """Asks once for the head of the simulator that would be fetched."""
    url = next(url for row in rows for url in row["urls"])
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, method="HEAD"), timeout=_PROBE_TIMEOUT_S
        ):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


def _fill_distdir(
    rows: Sequence[dict[str, Any]], state: Path, distdir: Path, progress: Progress
) -> None:
    """Fetches Debian 12's Valgrind for both architectures, pinned by tools/archives.json."""
    stock = [row for row in rows if row["flavor"] == "stock"]
    if all((distdir / row["file"]).is_file() for row in stock):
        return
    apt = PrivateApt(state / "bookworm", "bookworm", list(_DEBIAN_PLATFORMS.values()))
    apt.update()
    requests = [
        f"valgrind:{_DEBIAN_PLATFORMS[row['platform']]}=1:{row['version']}" for row in stock
    ]
    packages = apt.described(requests)
    known = {package.sha256: package for package in packages}
    for row in stock:
        if row["sha256"] not in known:
            raise BootstrapError(
                f"Debian's archive has no {row['file']} with SHA-256 {row['sha256']} any more. "
                "Pin another version in tools/archives.json."
            )
    fetch(apt, packages, state / "valgrind", progress)
    distdir.mkdir(parents=True, exist_ok=True)
    for row in stock:
        os.replace(state / "valgrind" / known[row["sha256"]].file, distdir / row["file"])


def _launcher(final: Path, jvm: Path) -> str:
    root = final / "root"
    return (
        "#!/bin/sh\n"
        f"exec '{root}/usr/bin/bazel' --nosystem_rc --bazelrc='{final}/bazelrc' "
        f"--install_base='{root}/usr/share/bazel' --trust_install_base "
        f"--server_javabase='{root / jvm}' \"$@\"\n"
    )


def _write_configuration(building: Path, final: Path, distdir: Path, stock: bool) -> None:
    table = json.loads((_HERE / "packages.json").read_text("utf-8"))
    share = final / "root/usr/share/bazel"
    write_stubs(building / "stubs", table["empty_modules"])
    text = bazelrc(
        {name: share / path for name, path in table["modules"].items()},
        {name: final / "stubs" / name for name in table["empty_modules"]},
        distdir,
        stock,
    )
    (building / "bazelrc").write_text(text, "utf-8")
    launcher = building / "bazel"
    launcher.write_text(_launcher(final, java_home(building / "root")), "utf-8")
    launcher.chmod(0o755)


def set_up(prefix: Path) -> None:
    """Makes the folder of the private Bazel; the caller holds the lock.

    Raises:
      BootstrapError: it cannot be done; the message tells the next step.
    """
    progress = Progress()
    architecture = _check_system(prefix)
    _check_disk(prefix.parent)
    table = json.loads((_HERE / "packages.json").read_text("utf-8"))
    rows = json.loads(_ARCHIVES.read_text("utf-8"))["archives"]
    state = prefix.with_name(prefix.name + ".downloads")
    building = prefix.with_name(prefix.name + ".building")
    distdir = prefix.parent.parent / "distdir"
    shutil.rmtree(building, ignore_errors=True)

    progress.show("no Bazel 7.1 to 9 on PATH: setting up a private one from Debian's packages")
    apt = PrivateApt(state / "apt", table["suite"], [architecture])
    apt.update()
    packages = _wanted(apt.closure(table["install"]), table["left_out"])
    fetch(apt, packages, state / "packages", progress)
    _fill_distdir(rows, state, distdir, progress)
    stock = not _github_is_reached(rows)

    progress.show("unpacking")
    root = building / "root"
    root.mkdir(parents=True)
    _unpack(packages, state / "packages", root)
    progress.show("relocating")
    relocate_links(root, prefix / "root")
    relocate_programs(root, prefix / "root")
    relocate_classpath(root, prefix / "root")
    _write_configuration(building, prefix, distdir, stock)
    building.rename(prefix)
    shutil.rmtree(state, ignore_errors=True)
    if stock:
        progress.show(
            "GitHub is out of reach: measuring with Debian's Valgrind, "
            "not comparable with CodSpeed's"
        )
    progress.show(f"Bazel is set up in {prefix}")
    progress.close()


def _locked(prefix: Path) -> int:
    """Waits for the lock of a prefix; returns its file descriptor."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(prefix.with_name(prefix.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("bazelw: another ./bazelw is setting Bazel up; waiting for it", file=sys.stderr)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main(arguments: list[str]) -> int:
    """Sets up unless it is done; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--prefix", type=Path, required=True, help="where the private Bazel shall lie"
    )
    prefix = parser.parse_args(arguments).prefix.absolute()
    try:
        lock = _locked(prefix)
        try:
            if not (prefix / "bazel").exists():
                set_up(prefix)
        finally:
            os.close(lock)
    except BootstrapError as error:
        print(f"\nbazelw: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        full = " The disk is full: free some space." if error.errno == errno.ENOSPC else ""
        print(
            f"\nbazelw: setting Bazel up failed: {error}.{full} Then run ./bazelw again.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\nbazelw: interrupted; the next run goes on where this one stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
