"""A FIFO server that runs in a thread, and a profiler that only records its calls."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.server import FifoServer


class Notes:
    """Takes the calls that start and stop sampling.

    Attributes:
      calls: in order.
      broken: makes each call fail.
    """

    def __init__(self, broken: bool = False) -> None:
        self.calls: list[str] = []
        self.broken = broken

    def enable(self) -> None:
        self._note("enable")

    def disable(self) -> None:
        self._note("disable")

    def ping(self) -> None:
        self._note("ping")

    def name(self, uri: str) -> None:
        """Nothing that starts or stops sampling."""

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.broken:
            raise CodSpeedError("perf does not answer", fix=None)


@contextlib.contextmanager
def running(folder: Path, control: Notes) -> Iterator[FifoServer]:
    """Serves the FIFOs of a folder until the end."""
    ended = threading.Event()
    with runner_fifos(str(folder)) as fifos:
        server = FifoServer(fifos, control)

        def loop() -> None:
            while not ended.is_set():
                if select.select([server], [], [], 0.01)[0]:
                    server.handle()

        thread = threading.Thread(target=loop)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join()


def fill(descriptor: int) -> None:
    """Writes to a pipe until nothing more fits."""
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(descriptor, bytes(4096))
