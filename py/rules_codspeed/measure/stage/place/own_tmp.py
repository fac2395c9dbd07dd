"""A folder for temporary files that only this process and its children have, at the usual path.

It is mounted over the machine's, in a name space.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
from collections.abc import Iterable, Iterator

from rules_codspeed.measure.stage.orphans import kill_processes_below
from rules_codspeed.measure.stage.place.name_space import BIND, enter_name_space, mount, unmount
from rules_codspeed.measure.stage.trees import remove_tree

_PREFIX = "rules_codspeed."
_OPEN = "tmp"
_HANDLE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def can_have_own(folder: str, needed: Iterable[str]) -> bool:
    """Returns whether a process can have its own folder in place of one of the machine's.

    Args:
      folder: such as /tmp.
      needed: paths that the process needs: none may be below the folder.
    """
    used = [os.getcwd(), sys.executable, __file__, *sys.path, *needed]
    # What is yet to be written is found by its folder.
    places = [path if os.path.exists(path) else _folder_of(path) for path in used]
    before = _found(places)
    # In a process of its own: some machines allow the name space, and then nothing in it.
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(OSError):
            enter_name_space()
            # Something else hides what is there, also from links that lead through it.
            mount(os.path.dirname(os.path.abspath(__file__)), folder, BIND)
            status = 0 if _found(places) == before else 1
        os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _found(paths: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Returns which file is at each of some paths where something is."""
    found = {}
    for path in paths:
        with contextlib.suppress(OSError):
            status = os.stat(path)
            found[path] = (status.st_dev, status.st_ino)
    return found


def _folder_of(path: str) -> str:
    return os.path.dirname(os.path.abspath(path))


@contextlib.contextmanager
def own(folder: str) -> Iterator[None]:
    """Until the end of a `with` statement, has its own folder in place of one of the machine's.

    Raises:
      OSError: `can_have_own` did not hold.
    """
    machines = os.open(folder, os.O_PATH | _HANDLE)  # not all may list it
    name, mine = _made(machines)
    try:
        # As programs find /tmp, but behind a folder that no other user may enter.
        os.mkdir(_OPEN, dir_fd=mine)
        os.chmod(_OPEN, 0o1777, dir_fd=mine)
        enter_name_space()
        mount(f"{folder}/{name}/{_OPEN}", folder, BIND)
        try:
            yield
        finally:
            unmount(folder)
    finally:
        remove_tree(f"/proc/self/fd/{machines}/{name}")
        os.close(mine)
        os.close(machines)


def remove_leftovers(folder: str) -> None:
    """Removes the own folders of processes that were killed, and ends what those had started.

    Args:
      folder: such as /tmp. Of one that this user may not list, nothing is removed.
    """
    try:
        machines = os.open(folder, _HANDLE)
    except PermissionError:
        return
    try:
        for name in os.listdir(machines):
            if name.startswith(_PREFIX):
                with contextlib.suppress(OSError):  # somebody has it, or it is none
                    _remove_leftover(folder, machines, name)
    finally:
        os.close(machines)


def _remove_leftover(folder: str, machines: int, name: str) -> None:
    left = os.open(name, _HANDLE, dir_fd=machines)
    try:
        if os.fstat(left).st_uid == os.geteuid():
            fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
            kill_processes_below(folder, f"/proc/self/fd/{left}/{_OPEN}")
            remove_tree(f"/proc/self/fd/{machines}/{name}")
    finally:
        os.close(left)


def _made(folder: int) -> tuple[str, int]:
    """Makes a folder that nobody removes as long as it is open; returns its name and descriptor.

    Until it is locked, another process takes it for what a killed one left, and removes it.
    """
    while True:
        name = f"{_PREFIX}{os.urandom(8).hex()}"
        os.mkdir(name, 0o700, dir_fd=folder)
        try:
            made = os.open(name, _HANDLE, dir_fd=folder)
        except FileNotFoundError:
            continue
        fcntl.flock(made, fcntl.LOCK_EX)
        if os.fstat(made).st_nlink:
            return name, made
        os.close(made)
