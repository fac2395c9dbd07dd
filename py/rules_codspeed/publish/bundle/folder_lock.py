"""Folders that one process at a time works on."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def locked_folder(folder: Path) -> Iterator[bool]:
    """Locks a folder in a `with` statement; no file is left, however the process ends.

    The folder may be renamed meanwhile.

    Yields:
      Whether it is locked: some file systems, such as NFS, have no locks for folders.

    Raises:
      BlockingIOError: it is locked already.
      OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield _lock(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return False
    return True
