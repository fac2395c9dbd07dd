"""Unfinished files and folders, named and locked so that those of killed writers can be removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

_NAME = re.compile(r"\.rules_codspeed-[0-9a-f]{16}\.part")


def is_part(name: str) -> bool:
    """Returns whether a file or folder of this name is an unfinished one of ours."""
    return _NAME.fullmatch(name) is not None


@contextlib.contextmanager
def part_file(folder: Path) -> Iterator[tuple[Path, int]]:
    """Makes an unfinished file, which only its owner may read.

    It is removed at the end unless it was renamed. What killed writers left in the folder is
    removed first.

    Args:
      folder: where it is made.

    Yields:
      The file, and a descriptor of it that may be written.

    Raises:
      OSError: it cannot be made; the error names the folder.
    """
    remove_parts(folder)
    part, descriptor = _made(folder, _make_file)
    try:
        yield part, descriptor
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)
        os.close(descriptor)


@contextlib.contextmanager
def part_folder(folder: Path) -> Iterator[Path]:
    """Makes an unfinished folder, which only its owner may read; it is removed at the end.

    What killed writers left beside it is removed first.

    Args:
      folder: where it is made.

    Raises:
      OSError: it cannot be made; the error names the folder.
    """
    remove_parts(folder)
    part, descriptor = _made(folder, _make_folder)
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)
        os.close(descriptor)


def remove_parts(folder: Path) -> None:
    """Removes what killed writers left in a folder; does nothing where that is impossible.

    A writer that lives has its part locked, and the kernel gives the lock back when it dies.
    """
    with contextlib.suppress(OSError):
        with os.scandir(folder) as entries:
            parts = [entry.path for entry in entries if is_part(entry.name)]
        for part in parts:
            with contextlib.suppress(OSError):
                _remove_abandoned(part)


def _remove_abandoned(part: str) -> None:
    descriptor = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        held = os.fstat(descriptor)
        if held.st_uid != os.geteuid():
            return
        # Fails where its writer lives, and on file systems without locks.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(held, os.lstat(part)):
            return
        if stat.S_ISDIR(held.st_mode):
            shutil.rmtree(part)
        elif stat.S_ISREG(held.st_mode):
            os.unlink(part)
    finally:
        os.close(descriptor)


def _made(folder: Path, make: Callable[[Path], int | None]) -> tuple[Path, int]:
    """Returns a locked part, and the descriptor that holds the lock."""
    while True:
        part = folder / f".rules_codspeed-{secrets.token_hex(8)}.part"
        try:
            descriptor = make(part)
        except OSError as error:
            # A person knows the folder, and not the name of the part.
            raise OSError(error.errno, error.strerror, str(folder)) from error
        if descriptor is None:
            continue
        if _locked(descriptor, part):
            return part, descriptor
        os.close(descriptor)


def _make_file(part: Path) -> int:
    return os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)


def _make_folder(part: Path) -> int | None:
    """Makes a folder; returns None if somebody removed it before it could be locked."""
    os.mkdir(part, 0o700)
    try:
        return os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None


def _locked(descriptor: int, part: Path) -> bool:
    """Locks a part; returns False if somebody removed it before it was locked."""
    # Some network file systems have no locks: there nobody removes parts.
    with contextlib.suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(part))
    except FileNotFoundError:
        return False
