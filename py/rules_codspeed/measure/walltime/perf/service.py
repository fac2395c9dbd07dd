"""The FIFO server of a run under perf, which samples only between the clients' commands."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.server import FifoServer, Observer
from rules_codspeed.measure.fifo.service import FifoService
from rules_codspeed.measure.walltime.perf.control import PerfControl, perf_control


class PerfService(FifoService):
    """Answers the benchmark's clients while perf runs its program."""

    def __init__(self, server: FifoServer, control: _LivingPerf) -> None:
        super().__init__(server)
        self._control = control

    def connect(self, pid: int) -> None:
        """Keeps the id of perf's process."""
        self._control.pid = pid


class _LivingPerf:
    """Perf's control, which knows when nobody is left to answer.

    Attributes:
      pid: perf's process.
    """

    def __init__(self, control: PerfControl) -> None:
        self.pid = 0
        self._control = control

    def enable(self) -> None:
        """Starts sampling."""
        self._ask(self._control.enable)

    def disable(self) -> None:
        """Stops sampling."""
        self._ask(self._control.disable)

    def ping(self) -> None:
        """Asks whether perf answers."""
        self._ask(self._control.ping)

    def name(self, uri: str) -> None:
        """Does nothing: a recording is cut by time."""

    def _ask(self, command: Callable[[], None]) -> None:
        self._check()
        try:
            command()
        except CodSpeedError:
            # It may have been about to end.
            self._check()
            raise

    def _check(self) -> None:
        """Raises CodSpeedError if perf has ended, as it does with the program that it started."""
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            pass
        else:
            if not ended:
                return
        raise BenchmarkError(
            "a process measures although the program that started it has ended",
            got="a command on the FIFO after perf's end",
            expected="a program that waits for the processes that it starts",
            fix="let it wait for them, or run that process as a benchmark target of its own",
        )


@contextlib.contextmanager
def perf_service(
    folder: str, observer: Observer | None = None
) -> Iterator[tuple[FifoService, str]]:
    """Makes the FIFOs; yields what serves them, and perf's option that names its own.

    Args:
      folder: for perf's FIFOs.
      observer: sees when benchmarks start and stop.

    Raises:
      CodSpeedError: they cannot be made, or another runner listens there.
    """
    with perf_control(folder) as control, runner_fifos() as fifos:
        living = _LivingPerf(control)
        yield PerfService(FifoServer(fifos, living, observer=observer), living), control.argument
