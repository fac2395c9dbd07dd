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
def locked(
    path: str, *, shared: bool = False, patient: bool = True, mode: int = 0o644
) -> Iterator[bool]:
    """Holds the lock of a file, which stays.

    Args:
      path: the file.
      shared: whether others may hold it shared as well.
      patient: whether to wait for it.
      mode: of a file that is made. Who can read it can hold the lock.

    Yields:
      Whether it is held: without patience it may not be.

    Raises:
      CodSpeedError: the file cannot be opened, or somebody else holds the lock for too long.
        Neither is an error without patience.
    """
    try:
        with stage_errors(path):
            descriptor = _open_lock(path, mode)
    except CodSpeedError:
        if patient:
            raise
        descriptor = -1
    if descriptor < 0:
        yield False
        return
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        held = _take(descriptor, kind)
        if not held and patient:
            _wait_for(descriptor, kind, path)
            held = True
        if held and not shared:
            # For whoever waits; a file of another user stays as it is.
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield held
    finally:
        os.close(descriptor)


def _open_lock(path: str, mode: int) -> int:
    # A program may have left a FIFO in its place, which must not wait.
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_RDWR)
    except FileNotFoundError:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, mode)
    except PermissionError:
        return os.open(path, flags | os.O_RDONLY)


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    """Returns the process that a lock file names."""
    with contextlib.suppress(OSError):  # it is a FIFO
        if text := os.pread(descriptor, 20, 0).decode("ascii", "replace").strip():
            return printable(text)
    return "unknown"


def _wait_for(descriptor: int, kind: int, path: str) -> None:
    """Takes the lock.

    Raises:
      CodSpeedError: somebody else holds it for too long.
    """
    deadline = time.monotonic() + _LONGEST_WAIT_S
    where = f"({path}, process {_holder(descriptor)})"
    print_message(f"rules_codspeed: waiting for another measurement {where}")
    while not _take(descriptor, kind):
        if time.monotonic() > deadline:
            raise CodSpeedError(
                "another measurement does not end",
                got=f"process {_holder(descriptor)} has held {path} for {_LONGEST_WAIT_S} s",
                expected="one measurement at a time, as /tmp is shared",
                fix="end that process if it hangs, or measure under the strategy linux-sandbox",
            )
        time.sleep(_POLL_S)
