"""Keeps clients from filling the log."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from rules_codspeed.collector.errors import shortened
from rules_codspeed.contract.escaping import printable

_PERIOD = 60.0  # seconds
_LINES = 100  # of one place in a period
_LONGEST = 500  # characters of a line


class LogLimit(logging.Filter):
    """Lets each text pass once a minute, and a hundred lines of each place in the code.

    The first line after others were left out states how many those were.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts; `clock` gives seconds that never go back."""
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._end = 0.0  # of the period
        self._texts: set[str] = set()
        self._places: Counter[tuple[str, int]] = Counter()
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether a record is logged; shortens its text."""
        _name_fault_of_others(record)
        place = (record.pathname, record.lineno)
        text = printable(record.getMessage().strip())
        record.msg = shortened(text, _LONGEST)
        record.args = None
        with self._lock:
            now = self._clock()
            if now >= self._end:
                self._end = now + _PERIOD
                self._texts.clear()
                self._places.clear()
            if text in self._texts or self._places[place] >= _LINES:
                self._left_out += 1
                return False
            self._texts.add(text)
            self._places[place] += 1
            if self._left_out:
                record.msg += f" (left out before: {self._left_out} lines)"
                self._left_out = 0
        return True


def _name_fault_of_others(record: logging.LogRecord) -> None:
    """Replaces the traceback of what the kernel refuses, or of a request that the end cuts off.

    Where in the program that happened explains nothing.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, OSError | asyncio.CancelledError):
        record.msg = f"{record.getMessage().strip()}: {error}"
        record.args = None
        record.exc_info = None
