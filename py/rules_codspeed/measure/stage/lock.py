"""One measurement at a time where /tmp is shared: a lock file that names its holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_message
from rules_codspeed.measure.stage.stage_errors import stage_errors

_LONGEST_WAIT_S = 3600
_POLL_S = 0.05


@contextlib.contextmanager
def locked(path: str) -> Iterator[None]:
    """Holds the lock of a file, which stays; waits for it.

    Raises:
      CodSpeedError: the file cannot be opened, or somebody else holds the lock for too long.
    """
    with stage_errors(path):
        descriptor = _open_lock(path)
    try:
        _wait_for(descriptor, path)
        # For whoever waits; a file of another user stays as it is.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)


def _open_lock(path: str) -> int:
    # A program may have left a FIFO in its place, which must not wait.
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_RDWR)
    except FileNotFoundError:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o644)
    except PermissionError:
        return os.open(path, flags | os.O_RDONLY)


def _holder(descriptor: int) -> str:
    """Returns the process that a lock file names."""
    with contextlib.suppress(OSError):  # it is a FIFO
        if text := os.pread(descriptor, 20, 0).decode("ascii", "replace").strip():
            return printable(text)
    return "unknown"


def _wait_for(descriptor: int, path: str) -> None:
    """Takes the lock.

    Raises:
      CodSpeedError: somebody else holds it for too long.
    """
    deadline = time.monotonic() + _LONGEST_WAIT_S
    reported = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = _holder(descriptor)
        if not reported:
            where = f"({path}, process {holder})"
            print_message(f"rules_codspeed: waiting for another measurement {where}")
            reported = True
        if time.monotonic() > deadline:
            raise CodSpeedError(
                "another measurement does not end",
                got=f"process {holder} has held {path} for {_LONGEST_WAIT_S} s",
                expected="one measurement at a time, as /tmp is shared",
                fix="end that process if it hangs, or measure under the strategy linux-sandbox",
            )
        time.sleep(_POLL_S)
