"""The FIFO server as something that is served while the program runs."""

from __future__ import annotations

from rules_codspeed.measure.fifo.server import FifoServer
from rules_codspeed.measure.stage.service import Service


class FifoService(Service):
    """Answers the benchmark's clients; ends the run when one cannot be served.

    Attributes:
      server: holds what clients reported.
    """

    def __init__(self, server: FifoServer) -> None:
        self.server = server

    def fileno(self) -> int:
        """The descriptor that becomes readable when clients have written."""
        return self.server.fileno()

    def handle(self) -> None:
        """Answers; raises CodSpeedError if the run must be aborted."""
        self.server.handle()
        if self.server.failure:
            raise self.server.failure
