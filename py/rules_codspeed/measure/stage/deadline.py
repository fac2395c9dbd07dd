"""The time that all of one measurement has."""

from __future__ import annotations

import time

_CLEAN_UP_S = 10.0


class Deadline:
    """Starts with the first process of a measurement, and ends for all of them at once.

    Attributes:
      timeout_s: seconds from the start to the end.
    """

    def __init__(self, timeout_s: float) -> None:
        """Does not start yet: files are staged before."""
        self.timeout_s = timeout_s
        self._end: float | None = None

    def left(self) -> float:
        """Returns the seconds that are left, 0 at least; the first call starts the time."""
        if self._end is None:
            self._end = time.monotonic() + self.timeout_s
        return max(0.0, self._end - time.monotonic())

    def for_cleaning_up(self) -> float:
        """Returns the seconds that are left, ten at least.

        What is thrown away costs no good measurement, and is not blamed where the time was up.
        """
        return max(self.left(), _CLEAN_UP_S)
