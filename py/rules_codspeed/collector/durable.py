"""Files that are whole after a crash, and a lock."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import BinaryIO

_PART = ".part"


def part_of(path: Path) -> Path:
    """Returns a new name beside `path`, for a file that is moved there when it is complete."""
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}{_PART}")


def remove_parts(folder: Path) -> None:
    """Removes the unfinished files that a dead writer left in a folder."""
    for part in folder.glob(f"*{_PART}"):
        part.unlink()


def write_durably(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Writes a file: at any moment it is missing, old, or whole, and it stays.

    Args:
      path: the file.
      content: its bytes.
      mode: permissions of a new file, before the umask.

    Raises:
      OSError: it cannot be written; no partial file is left.
    """
    part = part_of(path)
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move_durably(part, path)
    finally:
        part.unlink(missing_ok=True)


def move_durably(part: Path, path: Path) -> None:
    """Moves a synced file to its name in the same folder, for good."""
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes what was moved in a folder survive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(file: Path) -> BinaryIO:
    """Takes the lock of a file, which is made where it is missing.

    Returns:
      What holds the lock until it is closed. The kernel closes it when the process dies.

    Raises:
      BlockingIOError: another process holds it.
      OSError: the file cannot be made.
    """
    handle = file.open("ab")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        handle.close()
        raise
    return handle
