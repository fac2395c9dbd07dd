"""Processes that a driver starts and that must not outlive it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, argument: int) -> None:
    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(argument), 0, 0, 0)


def adopt_orphans() -> None:
    """Makes this process the parent of all descendants that lose theirs."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Has this process killed when its parent dies."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def kill_descendants() -> None:
    """Kills all descendants, whatever session they are in, and reaps them.

    Needs `adopt_orphans` before they were started: killing a child hands its
    children to this process.
    """
    while _has_children():
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(-1, 0)


def kill_processes_below(folder: str) -> None:
    """Kills the processes of this user that execute a file of a folder, or work in it."""
    for pid in _pids():
        for kind in ("exe", "cwd"):
            with contextlib.suppress(OSError):
                link = f"/proc/{pid}/{kind}"
                path = os.readlink(link)
                # The same path may be another file for a process in a sandbox.
                if path.startswith(folder + "/") and os.path.samestat(os.stat(path), os.stat(link)):
                    os.kill(pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            yield int(name)


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[int]:
    me = os.getpid()
    for pid in _pids():
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # The name may hold anything; the fields after it are `state ppid ...`.
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, IndexError):  # it has just ended
            continue
        if parent == me:
            yield pid
