"""Windows of benchmarks: what their clients command, put into the channel (spec: hooks-fifo 7)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.protocol import IntegrationMode
from rules_codspeed.measure.fifo.server import FifoServer
from rules_codspeed.measure.fifo.service import FifoService
from rules_codspeed.measure.memory.channel import Channel, Mark
from rules_codspeed.measure.memory.coverage import Coverage


class Windows:
    """Opens and closes windows, and names them.

    Attributes:
      names: URIs, in the order of the names; None for what must have no number.
      unnamed: whether there was a window since the last name.
    """

    def __init__(self, channel: Channel) -> None:
        self.names: list[str | None] = []
        self.unnamed = False
        self._channel = channel
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
        """Names the windows since the last name."""
        self._channel.mark(Mark.NAME)
        self.names.append(uri)
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

    def abandon(self, count: int) -> None:
        """Ends what a run that failed left open; of its benchmarks none has a number.

        Args:
          count: how many names there were before the run.
        """
        if self.unnamed:
            self._channel.mark(Mark.STOP)
            self.name("")
        self.names[count:] = [None] * (len(self.names) - count)


@contextlib.contextmanager
def fifo_windows(windows: Windows) -> Iterator[FifoService]:
    """Makes the FIFOs; yields what serves them by opening and closing windows.

    Raises:
      CodSpeedError: they cannot be made, or another runner listens there.
    """
    with runner_fifos() as fifos:
        yield FifoService(FifoServer(fifos, windows, mode=IntegrationMode.ANALYSIS))
