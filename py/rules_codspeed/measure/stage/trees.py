"""Folders of any depth: walked, made and removed without recursion.

Python's own functions recurse: `os.walk` before 3.12, `shutil.rmtree` before 3.13, `os.makedirs`.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from rules_codspeed.contract.untrusted import mount_of

_HANDLE = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
_LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def walk(root: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each folder from `root` down, with the names in it that are not folders.

    Names are sorted, and a folder comes before those in it. Links are not followed.

    Raises:
      OSError: a folder cannot be read.
    """
    pending = [root]
    while pending:
        folder = pending.pop()
        with os.scandir(folder) as entries:
            found = sorted((one.name, one.is_dir(follow_symlinks=False)) for one in entries)
        yield folder, [name for name, is_folder in found if not is_folder]
        pending += [f"{folder}/{name}" for name, is_folder in reversed(found) if is_folder]


def make_folders(folder: str) -> None:
    """Makes a folder and those above it that are missing.

    Raises:
      OSError: one cannot be made.
    """
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for one in reversed(missing):
        os.mkdir(one)


class _Step(NamedTuple):
    """The way back: the folder above, and what of it is still to be removed.

    Attributes:
      name: in the folder above, of the folder that was entered.
      names: in the folder above.
      status: of the folder above.
    """

    name: str
    names: list[str]
    status: os.stat_result


def remove_tree(path: str, seconds: float = math.inf) -> bool:
    """Removes what is at a path, with everything in it, as far as that is possible.

    Neither recursion nor paths limit the depth; no link is followed, nothing that is mounted is
    entered, and folders that a program made read-only are opened.

    Args:
      path: its last step may be anything; the folders above are trusted.
      seconds: after which the rest is left.

    Returns:
      Whether nothing is left.
    """
    folder, name = os.path.split(path)
    try:
        parent = os.open(folder, _HANDLE)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return _Removal(parent, time.monotonic() + seconds).remove(name)


class _Removal:
    """Goes down and up again by one descriptor; it must not be used twice."""

    def __init__(self, parent: int, deadline: float) -> None:
        self._at = parent
        self._mount = mount_of(parent)
        self._deadline = deadline
        self._above: list[_Step] = []
        self._complete = True

    def remove(self, name: str) -> bool:
        names = [name]
        try:
            while True:
                while names:
                    if time.monotonic() > self._deadline:
                        return False
                    name = names.pop()
                    if not self._unlinked(name):
                        names = self._entered(name, names)
                if not self._above:
                    return self._complete
                names = self._left()
        except OSError:  # somebody else is at work there
            return False
        finally:
            os.close(self._at)

    def _unlinked(self, name: str) -> bool:
        try:
            os.unlink(name, dir_fd=self._at)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def _entered(self, name: str, names: list[str]) -> list[str]:
        """Goes into a folder; returns the names in it, or those here if that is impossible."""
        try:
            folder = self._opened(name)
        except OSError:
            self._complete = False
            return names
        self._above.append(_Step(name, names, os.fstat(self._at)))
        os.close(self._at)
        self._at = folder
        return os.listdir(folder)

    def _opened(self, name: str) -> int:
        handle = os.open(name, _HANDLE | os.O_NOFOLLOW, dir_fd=self._at)
        try:
            if mount_of(handle) != self._mount:
                raise OSError
            if os.fstat(handle).st_mode & 0o700 != 0o700:
                os.chmod(f"/proc/self/fd/{handle}", 0o700)
            return os.open(".", _LISTED, dir_fd=handle)
        finally:
            os.close(handle)

    def _left(self) -> list[str]:
        """Goes back up, and removes the folder; returns what is still to be removed there."""
        step = self._above.pop()
        above = os.open("..", _HANDLE, dir_fd=self._at)
        os.close(self._at)
        self._at = above
        # A folder that was moved meanwhile leads elsewhere.
        if not os.path.samestat(os.fstat(above), step.status):
            raise OSError
        try:
            os.rmdir(step.name, dir_fd=above)
        except OSError:
            self._complete = False
        return step.names
