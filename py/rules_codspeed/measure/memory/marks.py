"""What the recorder has folded of one run whose program opens its windows itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.measure.memory.channel import Channel, Mark


class Span(NamedTuple):
    """A window of the program.

    Attributes:
      before: how many notes there were when it was opened.
      after: how many when it was closed.
      running: 1 more than the number of the first noted process that ran when it was opened; 0 if
        none did.
    """

    before: int
    after: int
    running: int


class ProgramMarks:
    """Takes marks in the order of events, in the recorder's thread.

    Attributes:
      spans: windows of the program since `begin`.
      reports: how many benchmarks had got a name in all when the framework reported one, each time
        since `begin`.
    """

    def __init__(self, channel: Channel) -> None:
        self.spans: list[Span] = []
        self.reports: list[int] = []
        self._channel = channel
        self._named = 0
        self._opened: tuple[int, int] | None = None
        self._settled = threading.Semaphore(0)

    def take(self, mark: Mark) -> None:
        """Takes the mark that was folded last."""
        if mark is Mark.START and self._opened is None:
            self._opened = self._channel.notes_then()
        elif mark is Mark.STOP and self._opened is not None:
            before, running = self._opened
            self.spans.append(Span(before, self._channel.notes_then()[0], running))
            self._opened = None
        elif mark is Mark.NAME:
            self._named += 1
        elif mark is Mark.REPORT:
            self.reports.append(self._named)
        elif mark is Mark.SYNC:
            self._settled.release()

    def begin(self) -> None:
        """Forgets what earlier runs left; no process runs."""
        self.spans.clear()
        self.reports.clear()

    def settle(self) -> int:
        """Waits until all events so far are folded; returns how many benchmarks had a name."""
        if self._is_open():
            self._channel.mark(Mark.STOP)
            self._channel.mark(Mark.NAME)
            self._wait()
        return self._named

    def _is_open(self) -> bool:
        """Returns whether the program ended within a window."""
        self._wait()
        return self._opened is not None

    def _wait(self) -> None:
        self._channel.mark(Mark.SYNC)
        self._settled.acquire()

    def reported(self, first: int) -> Sequence[Sequence[int]]:
        """Returns for each report the numbers of what had got a name since the one before.

        Args:
          first: how many had a name before the run.
        """
        starts = [first, *self.reports]
        return [
            range(start - first, end - first)
            for start, end in zip(starts, self.reports, strict=False)
        ]
