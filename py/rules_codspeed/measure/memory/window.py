"""Windows of benchmarks: what their clients command, put into the channel (spec: hooks-fifo 7)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.protocol import IntegrationMode
from rules_codspeed.measure.fifo.server import FifoServer
from rules_codspeed.measure.fifo.service import FifoService
from rules_codspeed.measure.memory.channel import Channel, Mark, Opener
from rules_codspeed.measure.memory.coverage import Coverage
from rules_codspeed.measure.memory.marks import ProgramMarks


class Windows:
    """Opens and closes windows, and names them.

    Attributes:
      names: URIs, in the order of the names; None for what must have no number.
      unnamed: whether there was a window since the last name.
      without_window: URIs of the last run that were named where there was none.
    """

    def __init__(self, channel: Channel, marks: ProgramMarks) -> None:
        self.names: list[str | None] = []
        self.unnamed = False
        self.without_window: list[str] = []
        self._channel = channel
        self._marks = marks
        self._coverage = Coverage(channel)

    def enable(self) -> None:
        """Opens a window; raises CodSpeedError if not all that runs can be measured."""
        self._coverage.window_opens()
        self._channel.mark(Mark.START)
        self.unnamed = True

    def disable(self) -> None:
        """Closes it; raises CodSpeedError if not all that ran in it was measured."""
        self._channel.mark(Mark.STOP)
        self._coverage.window_closes()

    def ping(self) -> None:
        """Does nothing: there is no other process that could answer."""

    def programs(self) -> int:
        """Returns how many programs have begun with the preloaded library."""
        return self._channel.programs()

    def heaps(self) -> list[str]:
        """Returns which runtimes ran of whose heaps nothing was seen."""
        return self._channel.runtimes()

    def name(self, uri: str) -> None:
        """Names the windows since the last name; without one there is no number, not even 0."""
        self._channel.mark(Mark.NAME)
        self.names.append(uri if self.unnamed else None)
        if not self.unnamed:
            self.without_window.append(uri)
        self.unnamed = False

    def drop(self, count: int, is_dropped: Callable[[str], bool]) -> list[str]:
        """Takes the numbers of some benchmarks of the last run away; returns the others.

        Args:
          count: how many names there were before the run.
          is_dropped: whether a URI must have no number.
        """
        kept = [None if uri is None or is_dropped(uri) else uri for uri in self.names[count:]]
        self.names[count:] = kept
        return [uri for uri in kept if uri is not None]

    def opened_by(self, opener: Opener) -> None:
        """Lets the program that begins next open its windows itself."""
        self._marks.begin()
        self._channel.let_open(opener)

    def reported(self) -> Sequence[Sequence[int]]:
        """Ends a run whose program opened its windows itself; its benchmarks get no name yet.

        Returns:
          For each time that the framework reported, which of the run's names are of that.

        Raises:
          CodSpeedError: not all that ran in a window was measured.
        """
        before = len(self.names)
        self._settle()
        self._coverage.check_spans(self._marks.spans)
        return self._marks.reported(before)

    def _settle(self) -> None:
        self._channel.let_open(Opener.DRIVER)
        self.names += [None] * (self._marks.settle() - len(self.names))

    def abandon(self, count: int) -> None:
        """Ends what a run that failed left open; of its benchmarks none has a number.

        Args:
          count: how many names there were before the run.
        """
        if self.unnamed:
            self._channel.mark(Mark.STOP)
            self.name("")
        self._settle()
        self.names[count:] = [None] * (len(self.names) - count)


@contextlib.contextmanager
def fifo_windows(windows: Windows) -> Iterator[FifoService]:
    """Makes the FIFOs; yields what serves them by opening and closing windows.

    Raises:
      CodSpeedError: they cannot be made, or another runner listens there.
    """
    with runner_fifos() as fifos:
        yield FifoService(FifoServer(fifos, windows, mode=IntegrationMode.ANALYSIS))
