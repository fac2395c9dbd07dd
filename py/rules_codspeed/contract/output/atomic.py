"""Files and folders that are there complete, or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.contract.output.parts import part_file
from rules_codspeed.contract.output.space import counted_output

_ALL = 0o666
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_SYNCED_AT_ONCE = 16
_NO_EXCHANGE = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})


@contextlib.contextmanager
def new_file(path: Path, *, private: bool = True) -> Iterator[BinaryIO]:
    """Opens a file that gets its name when it is complete and on the disk.

    What was there, also a link, is replaced; until then it stays as it is. What a failure leaves
    half-written is removed. Files that a person names are those of `output_file`.

    Args:
      path: the file.
      private: whether only its owner may read it; else it has the permissions of the file that it
        replaces, or those that any new file gets.

    Raises:
      OSError: it cannot be written. Where a disk is full, the error states how much room is needed.
    """
    with part_file(path.parent) as (part, descriptor):
        if not private:
            os.fchmod(descriptor, _permissions(path))
        with counted_output(descriptor, path, path.parent) as file:
            yield file
        # Locked until then: nobody takes it for that of a killed writer.
        os.replace(part, path)
    sync_folder(path.parent)


def _permissions(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mode & 0o777
    # There is no other way to read it.
    mask = os.umask(0o077)
    os.umask(mask)
    return _ALL & ~mask


def replace_folder(folder: Path, new: Path, old: Path) -> None:
    """Gives a new folder its name, for good.

    A folder that was there is replaced in one step where the system can do that: whoever kills
    this process finds the old one or the new one.

    Args:
      folder: the name; of a folder, or of nothing.
      new: the complete folder, on the same disk; its content may become that of `folder`.
      old: where the system cannot exchange two folders, what was there is moved here.

    Raises:
      OSError: it cannot be replaced; what was there stays.
    """
    if not folder.exists():
        new.rename(folder)
    elif not _exchanged(new, folder):
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            old.rename(folder)
            raise
    sync_folder(folder.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchanges two names in one step; returns False where the system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(_RENAME_EXCHANGE)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def sync_tree(folder: Path) -> None:
    """Waits until all files and names below a folder are on the disk.

    Raises:
      OSError: one cannot be opened or synchronised.
    """
    # Slow to import, and most output is one file.
    from concurrent.futures import ThreadPoolExecutor

    def sync_place(place: str, files: Sequence[str]) -> None:
        for name in files:
            _sync(Path(place, name), os.O_RDONLY)
        sync_folder(Path(place))

    # A disk writes for all that wait at once.
    with ThreadPoolExecutor(_SYNCED_AT_ONCE) as pool:
        waiting = [pool.submit(sync_place, place, files) for place, _, files in os.walk(folder)]
    for one in waiting:
        one.result()


def sync_folder(folder: Path) -> None:
    """Waits until the names in a folder are on the disk.

    Raises:
      OSError: it cannot be opened or synchronised.
    """
    try:
        _sync(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        # Some file systems of networks and hosts of virtual machines cannot.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
