"""Fetches packages so that only whole, verified files are ever used."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from apt import Package, PrivateApt, explained
from errors import BootstrapError

_MB = 1_000_000


class Progress:
    """One line that tells how far the setup is; on a terminal it is rewritten in place."""

    def __init__(self) -> None:
        """Starts the clock."""
        self._start = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def show(self, text: str, passing: bool = False) -> None:
        """Shows a state; `passing` states are for terminals only."""
        if text == self._last or (passing and not self._terminal):
            return
        self._last = text
        line = f"bazelw: {text} ({time.monotonic() - self._start:.0f} s)"
        print(
            f"\r\033[K{line}" if self._terminal else line,
            end="" if self._terminal else "\n",
            file=sys.stderr,
        )
        sys.stderr.flush()

    def close(self) -> None:
        """Ends the line."""
        if self._terminal:
            print(file=sys.stderr)


def sha256(file: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _is_whole(package: Package, folder: Path) -> bool:
    file = folder / package.file
    return file.is_file() and file.stat().st_size == package.size and sha256(file) == package.sha256


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*.deb") if file.is_file())


def _rename_as_listed(folder: Path) -> None:
    """Apt quotes the colon of an epoch in file names; the lists do not."""
    for file in folder.glob("*%*.deb"):
        file.rename(folder / unquote(file.name))


def fetch(apt: PrivateApt, packages: Sequence[Package], folder: Path, progress: Progress) -> None:
    """Fetches what is missing in a folder and verifies every file of it.

    What an earlier, interrupted run fetched whole is kept.

    Raises:
      BootstrapError: the archive cannot be read, or a file is not what the
        signed list says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not _is_whole(package, folder)]
    for package in missing:
        (folder / package.file).unlink(missing_ok=True)
    total = sum(package.size for package in packages) // _MB
    if missing:
        progress.show(f"fetching {len(missing)} packages, {total} MB in all")
        process = apt.download(missing, folder)
        while process.poll() is None:
            progress.show(f"fetching packages, {_size(folder) // _MB} of {total} MB", passing=True)
            time.sleep(0.2)
        complaint = process.stderr.read() if process.stderr else ""
        _rename_as_listed(folder)
        if process.returncode != 0:
            raise explained(complaint)
    for package in missing:
        if not _is_whole(package, folder):
            (folder / package.file).unlink(missing_ok=True)
            raise BootstrapError(
                f"{package.file} is not the file that Debian's signed list names "
                f"(SHA-256 {package.sha256}). "
                "A proxy that rewrites files is a common cause; run ./bazelw again."
            )
