"""What a full disk refuses: the error states how much room is needed."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_no_space(error: OSError) -> bool:
    """Returns whether a disk is full, a quota used up, or a file larger than allowed."""
    return error.errno in _NO_SPACE


def no_space(
    error: OSError, path: Path, needed: int, disk: Path | None, written: int = 0
) -> OSError:
    """Returns an error that states how much room is needed.

    Args:
      error: one of `is_no_space`.
      path: what a person asked for.
      needed: bytes.
      disk: a file or folder of the disk that is full, or None where there is no disk.
      written: bytes that the failed attempt takes, which are free again after it.
    """
    text = f"{os.strerror(error.errno or 0)}: {needed:,} bytes are needed"
    if disk and error.errno == errno.ENOSPC:
        with contextlib.suppress(OSError):
            status = os.statvfs(disk)
            text += f", {status.f_bavail * status.f_frsize + written:,} are free"
    return OSError(error.errno, text, str(path))


@contextlib.contextmanager
def counted_output(descriptor: int, path: Path, disk: Path | None) -> Iterator[BinaryIO]:
    """Opens a descriptor for writing; what is written is complete when the context ends.

    Where there is no room, it goes on and counts, so that the error states how much is needed.

    Args:
      descriptor: is not closed.
      path: that errors name.
      disk: a file or folder of the same disk, or None where it is no file on a disk.

    Raises:
      OSError: not all could be written.
    """
    raw = _Counted(descriptor, path, disk)
    file = io.BufferedWriter(raw)
    try:
        yield file
        file.flush()
        raw.finish()
    finally:
        with contextlib.suppress(OSError):
            file.close()


class _Counted(io.RawIOBase):
    """Writes as much as there is room for, and counts the rest."""

    def __init__(self, descriptor: int, path: Path, disk: Path | None) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._path = path
        self._disk = disk
        self._size = 0
        self._written = 0
        self._refusal: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, content: Any, /) -> int:
        left = memoryview(content).cast("B")
        size = len(left)
        self._size += size
        while left and not self._refusal:
            try:
                written = os.write(self._descriptor, left)
            except OSError as error:
                self._note(error)
            else:
                self._written += written
                left = left[written:]
        return size

    def finish(self) -> None:
        """Waits until all is on the disk; raises what went wrong."""
        if self._disk and not self._refusal:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                self._note(error)
        if self._refusal:
            raise no_space(
                self._refusal, self._path, self._size, self._disk, self._written
            ) from self._refusal

    def _note(self, error: OSError) -> None:
        if not is_no_space(error):
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        self._refusal = error
