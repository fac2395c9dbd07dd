"""A file that is being downloaded, beside its final place until it is whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_BLOCK = 1 << 20  # bytes


def file_sha256(file: Path) -> str:
    """Returns the SHA-256 of a file in hexadecimal, or nothing if there is no file."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return _digest(stream).hexdigest()


class PartFile:
    """`<name>.part`, which one process at a time owns; if it is killed, the next one continues.

    `<name>.part.validator` holds the ETag or date of the file that it is a part of: with that a
    server can recognize whether the rest still belongs to it.

    Attributes:
      size: bytes that are in it.
    """

    def __init__(self, target: Path, stream: BinaryIO) -> None:
        """Makes a part from a file that is open and locked; use `locked`."""
        self._target = target
        self._part = _part(target)
        self._validator = target.with_name(f"{target.name}.part.validator")
        self._stream = stream
        self._digest = _digest(stream)
        self.size = stream.tell()

    @classmethod
    @contextmanager
    def locked(cls, target: Path) -> Iterator[PartFile]:
        """Yields the part of a target; waits while another process owns it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(_part(target)) as stream:
            part = cls(target, stream)
            try:
                yield part
            finally:
                if not part.size:
                    part._remove()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what is in it, in hexadecimal."""
        return self._digest.hexdigest()

    @property
    def validator(self) -> str:
        """What identifies the file that it is a part of; empty if nothing does."""
        try:
            return self._validator.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def restart(self, validator: str = "") -> None:
        """Empties it, for the file with this validator."""
        self._stream.seek(0)
        self._stream.truncate()
        self._digest = hashlib.sha256()
        self.size = 0
        self._validator.write_text(validator, encoding="utf-8")

    def append(self, block: bytes) -> None:
        """Adds bytes at the end."""
        self._stream.write(block)
        self._digest.update(block)
        self.size += len(block)

    def finish(self) -> None:
        """Puts it in its final place, whole even if the machine stops now."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._part.rename(self._target)
        self._validator.unlink(missing_ok=True)
        folder = os.open(self._target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _remove(self) -> None:
        self._part.unlink(missing_ok=True)
        self._validator.unlink(missing_ok=True)


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


@contextmanager
def _locked(file: Path) -> Iterator[BinaryIO]:
    """Opens a file for reading and appending, and locks it; the lock leaves no file behind."""
    while True:
        with file.open("a+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # Its owner may have renamed or removed the file meanwhile: then the lock is of no use.
            if file.exists() and os.path.samestat(file.stat(), os.fstat(stream.fileno())):
                yield stream
                return


def _digest(stream: BinaryIO) -> hashlib._Hash:
    digest = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest
