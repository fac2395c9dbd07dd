"""Fetches packages so that only whole, verified files are ever used."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from apt import Package, PrivateApt
from errors import BootstrapError

MB = 1_000_000


class Progress:
    """Lines that show the progress of the setup; on a terminal the last is rewritten in place."""

    def __init__(self) -> None:
        """Starts the clock."""
        self._start = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Shows what begins now."""
        self._print(text, "\n")

    def pass_by(self, text: str) -> None:
        """Shows, on a terminal, a state that the next one replaces."""
        if self._terminal:
            self._print(text, "")

    def _print(self, text: str, end: str) -> None:
        clear = "\r\033[K" if self._terminal else ""
        seconds = time.monotonic() - self._start
        print(f"{clear}bazelw: {text} ({seconds:.0f} s)", end=end, file=sys.stderr, flush=True)


def sha256(file: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_whole(package: Package, folder: Path) -> bool:
    """Returns whether a folder has the package's file, with the size and hash of the list."""
    file = folder / package.file
    return file.is_file() and file.stat().st_size == package.size and sha256(file) == package.sha256


def size_of(folder: Path) -> int:
    """Returns the bytes of the packages in a folder, which apt may be writing to."""
    size = 0
    for file in folder.rglob("*.deb"):
        # apt renames a file when it is whole.
        with contextlib.suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def _is_resumed(apt: PrivateApt, package: Package, folder: Path) -> bool:
    """Fetches the rest of what an earlier run left; removes a file that starts another package."""
    file = folder / package.file
    left = file.stat().st_size if file.is_file() else 0
    if 0 < left < package.size:
        try:
            apt.resume(package, folder)
        except BootstrapError:
            # It goes on from here next time, unless it is complete and another file.
            if file.is_file() and file.stat().st_size < package.size:
                raise
    if is_whole(package, folder):
        return True
    file.unlink(missing_ok=True)
    return False


def fetch(apt: PrivateApt, packages: Sequence[Package], folder: Path, progress: Progress) -> None:
    """Fetches what is missing in a folder and verifies every file of it.

    What an earlier, interrupted run fetched is kept.

    Raises:
      BootstrapError: the archive cannot be read, or a file is not what the
        signed list says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not is_whole(package, folder)]
    if not missing:
        return
    total = sum(package.size for package in packages) // MB
    progress.show(f"fetching {len(missing)} of {len(packages)} packages, {total} MB in all")
    missing = [package for package in missing if not _is_resumed(apt, package, folder)]
    if not missing:
        return
    with ThreadPoolExecutor(1) as pool:
        download = pool.submit(apt.download, missing, folder)
        while not wait([download], timeout=0.2).done:
            progress.pass_by(f"fetching, {size_of(folder) // MB} of {total} MB")
        download.result()
    for package in missing:
        if not is_whole(package, folder):
            (folder / package.file).unlink(missing_ok=True)
            raise BootstrapError(
                f"{package.file} is not the file that Debian's signed list names "
                f"(SHA-256 {package.sha256}). "
                "A proxy that rewrites files is a common cause; run ./bazelw again."
            )
