"""Files that are there complete, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_ALL = 0o666


@contextlib.contextmanager
def new_file(path: Path, *, private: bool = True) -> Iterator[BinaryIO]:
    """Opens a file that gets its name when it is complete and on the disk.

    A file that was there is replaced; until then it stays as it is. What a failure leaves
    half-written is removed.

    Args:
      path: the file.
      private: whether only its owner may read it; else it has the permissions of the file that it
        replaces, or those that any new file gets.

    Raises:
      OSError: it cannot be written.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        if not private:
            os.fchmod(descriptor, _permissions(path))
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def _permissions(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    # There is no other way to read it.
    mask = os.umask(0o077)
    os.umask(mask)
    return _ALL & ~mask


def sync_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk.

    Raises:
      OSError: it cannot be opened or synchronised.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
