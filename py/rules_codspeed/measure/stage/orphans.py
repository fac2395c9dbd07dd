"""Processes that a driver starts and that must not outlive it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator

from rules_codspeed.contract.errors import CodSpeedError

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LONGEST_S = 10.0  # that killed processes have to end
_POLL_S = 0.001


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

    Raises:
      CodSpeedError: there are still some after ten seconds.
    """
    deadline = time.monotonic() + _LONGEST_S
    while _reap():
        for pid, group in _children():
            with contextlib.suppress(ProcessLookupError):
                # A process that forks and ends, over and over, is another one when its turn
                # comes; the kernel kills a group at once. Only descendants are in their groups;
                # 0 is one of another name space, and 1 would mean all processes.
                if group > 1 and group != os.getpgrp():
                    os.killpg(group, signal.SIGKILL)
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            raise CodSpeedError(
                "processes of the benchmark do not end",
                got=f"processes {', '.join(str(pid) for pid, _ in _children())}, after SIGKILL",
                expected=f"an end within {_LONGEST_S:g} s",
                fix="let the program start no processes without end, and no file systems that "
                "do not answer; end these by hand",
            )
        time.sleep(_POLL_S)


def kill_processes_below(folder: str, here: str = "") -> None:
    """Kills the processes of this user that execute a file of a folder, or work in it.

    Args:
      folder: the folder, by the path that they have for it.
      here: by the path that this process has for it, if that is another one.
    """
    here = here or folder
    for pid in _pids():
        for kind in ("exe", "cwd"):
            with contextlib.suppress(OSError):
                link = f"/proc/{pid}/{kind}"
                path = os.readlink(link)
                if not path.startswith(folder + "/"):
                    continue
                # The same path may be another file for a process in a sandbox.
                seen = os.stat(here + path.removeprefix(folder))
                if os.path.samestat(seen, os.stat(link)):
                    os.kill(pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            yield int(name)


def _reap() -> bool:
    """Takes note of the children that have ended; returns whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[tuple[int, int]]:
    """Yields the process id of each child, and its process group."""
    me = os.getpid()
    for pid in _pids():
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                # The name may hold anything; the fields after it are `state ppid pgrp ...`.
                fields = file.read().rpartition(b")")[2].split()
        except OSError:  # it has just ended
            continue
        if len(fields) > 2 and int(fields[1]) == me:
            yield pid, int(fields[2])
