"""Copies of files that the harvest needs, in a raw run folder and within a limit of bytes."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.capture.copies import copy_file
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import Limit
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder

LIMIT = 8 << 30  # bytes; a large program with its debug files has less than a quarter

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._+-]")
_ELF = b"\x7fELF"


class Unusable(Exception):
    """A file cannot be copied; `capture.py` catches it, and records the message as the reason."""


class RawFiles:
    """Copies files into a folder, each only once."""

    __slots__ = ("_copied", "_folder", "_limit", "_size")

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        """Starts with nothing copied.

        Args:
          folder: the raw run folder.
          limit: bytes that may be copied in all.
        """
        self._folder = folder
        self._limit = limit
        self._size = 0
        self._copied: dict[tuple[int, int], str] = {}  # by device and inode

    def copy(self, source: bytes, name: str, elf: bool = False, limit: Limit | None = None) -> str:
        """Copies a regular file, unless it has a copy.

        Args:
          source: its absolute path.
          name: path of the copy below the folder.
          elf: whether it has to be an ELF file.
          limit: of a file that the program left where everybody may write, which is opened as
            such; None for one that the kernel mapped.

        Returns:
          The path of the copy below the folder; that of an earlier call if the same file was
          already copied.

        Raises:
          Unusable: the file is gone, is special, cannot be read, or is not an ELF file.
          CodSpeedError: there is no room for the copy, or it cannot be written.
        """
        with _opened(source, limit) as file:
            status = os.fstat(file.fileno())
            key = (status.st_dev, status.st_ino)
            if key in self._copied:
                return self._copied[key]
            if elf and _start(file) != _ELF:
                raise NotElf
            self._write(file, status.st_size, source, self._folder / name)
        self._copied[key] = name
        return name

    def _write(self, file: BinaryIO, size: int, source: bytes, target: Path) -> None:
        if self._size + size > self._limit:
            raise self._no_room(source, f"more than {self._limit} bytes of files in all")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_file(file, target)
        except OSError as error:
            with contextlib.suppress(OSError):
                target.unlink()
            # Errors of the opened source do not name a file.
            if error.errno in _FULL or error.filename is not None:
                raise self._no_room(source, _reason(error)) from error
            raise Unusable(_reason(error)) from error
        self._size += size

    def _no_room(self, source: bytes, got: str) -> CodSpeedError:
        return CodSpeedError(
            f"{self._folder}: {os.fsdecode(source)!r} cannot be copied to it",
            got=got,
            expected="room for the object files of the benchmark, which symbols are read from",
            fix="make room on the disk, or measure a smaller program",
        )


class NotElf(Unusable):
    """A file is not an ELF file."""

    def __init__(self) -> None:
        """Makes the one error of its kind."""
        super().__init__("not an ELF file")


def plain_name(path: bytes) -> str:
    """Returns the last part of a path in characters that every tool can handle."""
    return _NOT_PLAIN.sub("_", os.path.basename(path).decode("latin-1"))


def _opened(source: bytes, limit: Limit | None) -> BinaryIO:
    if not source.startswith(b"/"):
        raise Unusable("not the path of a file")
    try:
        if limit:
            folder, name = os.path.split(os.fsdecode(source))
            with UntrustedFolder(folder) as left:
                return left.open(name, limit)
        # Before it is opened: some devices act upon that.
        if not stat.S_ISREG(os.stat(source).st_mode):
            raise Unusable("not a regular file")
        return open(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except Refused as error:
        raise Unusable(error.reason) from error
    except OSError as error:
        raise Unusable(_reason(error)) from error


def _start(file: BinaryIO) -> bytes:
    try:
        return os.pread(file.fileno(), len(_ELF), 0)
    except OSError as error:
        raise Unusable(_reason(error)) from error


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
