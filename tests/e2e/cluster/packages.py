"""Installs the services below the user's cache: Debian's packages and PyPI's, none of it in /.

Programs are patched to run from `PLACE`, where each cluster mounts the folder in a namespace of
its own: workers are other users, who may not read the cache of the one who runs the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import platform
import shutil
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from tests.e2e.bazel import REPOSITORY, scratch_root

sys.path.append(str(REPOSITORY / "tools/bazel"))

from apt import Package, PrivateApt
from download import Progress, fetch
from errors import BootstrapError
from relocate import only, relocate_files

PLACE = Path("/mnt")
_REQUIREMENTS = Path(__file__).parent / "requirements.txt"
# BuildGrid 0.9 needs Python 3.13, for which the wheels are locked. Its scheduler needs PostgreSQL.
_PACKAGES = ("buildbox", "patchelf", "postgresql", "python3.13")
_SUITE = "unstable"
# What the packages' scripts and services would need, none of which run here. Without a helper for
# FUSE, workers stage files by links or copies, as in a container without /dev/fuse.
_LEFT_OUT = ("perl*", "libperl*", "systemd*", "libsystemd-shared*", "locales", "debconf*", "fuse3")
_FUSE = "usr/bin/buildbox-fuse"


def _unpacked(folder: Path) -> Path:
    """Unpacks the packages of Debian below a folder; returns their root."""
    apt = PrivateApt(folder / "apt", _SUITE, ["amd64"])
    apt.update()
    packages = [
        package
        for package in apt.closure(_PACKAGES)
        if not any(fnmatch(package.name, pattern) for pattern in _LEFT_OUT)
    ]
    files = folder / "packages"
    fetch(apt, packages, files, Progress())
    root = folder / "root"

    def unpack(package: Package) -> None:
        command = ["dpkg-deb", "-x", str(files / package.file), str(root)]
        subprocess.run(command, check=True, capture_output=True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(unpack, packages))
    shutil.rmtree(files)
    shutil.rmtree(folder / "apt")
    return root


def loader_of(root: Path) -> list[str]:
    """Returns the start of a command that runs a program of a root with that root's libraries."""
    lib = only(root, "usr/lib/*-linux-gnu")
    return [str(only(lib, "ld-linux-*.so.*")), "--library-path", str(lib)]


def _relocate(root: Path) -> None:
    """Makes the programs find the loader and the libraries of their packages in `PLACE`.

    Not Python's: patchelf breaks programs of a fixed address. It starts by the loader.
    """
    relocate_files(root)
    (root / _FUSE).unlink()
    lib = only(root, "usr/lib/*-linux-gnu")
    loader = only(lib, "ld-linux-*.so.*")
    there = PLACE / "root" / lib.relative_to(root)
    patchelf = [*loader_of(root), str(root / "usr/bin/patchelf")]
    options = ["--set-interpreter", str(there / loader.name)]
    options += ["--force-rpath", "--set-rpath", str(there)]
    programs = [*root.glob("usr/bin/buildbox-*"), *root.glob("usr/lib/postgresql/*/bin/*")]
    elf = [file for file in programs if file.read_bytes().startswith(b"\x7fELF")]
    subprocess.run([*patchelf, *options, *map(str, elf)], check=True, capture_output=True)


def _install_wheels(folder: Path) -> None:
    """Unpacks BuildGrid and what it imports into a folder, for Python 3.13."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    # This pip may be of an older Python than the one that will run them.
    which = ["--only-binary=:all:", "--python-version=3.13", "--ignore-requires-python"]
    where = ["--no-compile", f"--target={folder}", f"--requirement={_REQUIREMENTS}"]
    subprocess.run([*pip, *which, *where], check=True, capture_output=True)


def installed() -> Path:
    """Returns the folder that `PLACE` has to show, made at the first call for a state of sources.

    Raises:
      unittest.SkipTest: the machine is another one, or something is out of reach.
    """
    if platform.machine() != "x86_64":
        raise unittest.SkipTest(f"no wheels of BuildGrid are locked for {platform.machine()}")
    sources = b"".join(file.read_bytes() for file in (Path(__file__), _REQUIREMENTS))
    folders = scratch_root().parent / "cluster"
    folders.mkdir(exist_ok=True)
    folder = folders / hashlib.sha256(sources).hexdigest()[:16]
    with (folders / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        # What an older state of the sources needed, or an interrupted call left.
        for old in folders.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        parts = folder.with_suffix(".parts")
        parts.mkdir()
        try:
            _relocate(_unpacked(parts))
            _install_wheels(parts / "site")
        except BootstrapError as error:
            raise unittest.SkipTest(f"the services cannot be installed: {error}") from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip()
            raise unittest.SkipTest(f"the services cannot be installed: {said}") from error
        parts.rename(folder)
    return folder
