"""The lock of a history: shared by those who use it, and owned by whoever makes or repairs it."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from rules_codspeed.history.errors import HistoryError

_WAIT_S = 30.0
_PAUSE_S = 0.02


class HistoryLock:
    """A lock in a `with` statement, at first not taken.

    It is on a file of its own beside the history, which stays: the history itself is moved aside
    where it is damaged. The kernel gives it back when the process dies.
    """

    def __init__(self, path: Path, wait_s: float = _WAIT_S) -> None:
        """Makes a lock.

        Args:
          path: of the history.
          wait_s: how long to wait for other processes, in seconds.
        """
        self._history = path
        self._path = path.with_name(f"{path.name}.lock")
        self._wait_s = wait_s
        self._descriptor = -1

    def __enter__(self) -> HistoryLock:
        """Opens the file of the lock; raises OSError where that is impossible."""
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Gives the lock back."""
        os.close(self._descriptor)

    def share(self) -> None:
        """Waits until nobody owns the lock, and takes a share; what was held is given back first.

        Raises:
          HistoryError: another process owns it for too long.
          OSError: the file system has no locks.
        """
        self._take(fcntl.LOCK_SH)

    def own(self) -> None:
        """Waits until nobody else has a share, and takes the lock; its own share is given back.

        Raises:
          HistoryError: another process has a share for too long.
          OSError: the file system has no locks.
        """
        self._take(fcntl.LOCK_EX)

    def _take(self, kind: int) -> None:
        end = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    break
                time.sleep(_PAUSE_S)
            else:
                return
        raise HistoryError(
            f"the history {self._history} is in use",
            got=f"another process that has {self._path} locked for {self._wait_s:g} s",
            expected="one that ends soon",
            fix="end that process, or wait for it, and start again",
        )
