"""Turns the events of a running perf on and off (spec: hooks-fifo 9)."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from typing import Final

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.fifo.fifos import Fifos, fifo_pair

CTL_NAME: Final = "codspeed_perf.ctl.fifo"
ACK_NAME: Final = "codspeed_perf.ack.fifo"
_ACK: Final = b"ack\n\0"


class PerfControl:
    """Writes commands to perf and waits for its answers."""

    def __init__(self, fifos: Fifos, timeout_s: float = 10.0) -> None:
        self._fifos = fifos
        self._timeout = timeout_s
        self._answers = b""

    @property
    def argument(self) -> str:
        """The option by which perf finds the FIFOs."""
        return f"--control=fifo:{self._fifos.ctl_path},{self._fifos.ack_path}"

    def enable(self) -> None:
        """Starts sampling; raises CodSpeedError if perf does not answer."""
        self._ask(b"enable")

    def disable(self) -> None:
        """Stops sampling; raises CodSpeedError if perf does not answer."""
        self._ask(b"disable")

    def ping(self) -> None:
        """Raises CodSpeedError if perf does not answer."""
        self._ask(b"ping")

    def _ask(self, command: bytes) -> None:
        deadline = time.monotonic() + self._timeout
        try:
            os.write(self._fifos.ctl, command + b"\n\0")
        except BlockingIOError:
            deadline = 0.0  # full: nobody has read for thousands of commands
        while not self._acknowledged():
            if not self._read(deadline):
                raise CodSpeedError(
                    "perf does not answer",
                    got=f"nothing within {self._timeout:g} s after `{command.decode()}`",
                    expected="an answer on its control pipe",
                    fix="see what perf printed in the log; a busy machine or one short of memory "
                    "stops it, and so does a debugger",
                )

    def _acknowledged(self) -> bool:
        """Takes answers from what was read; anything else is skipped in steps of their length."""
        while len(self._answers) >= len(_ACK):
            answer = self._answers[: len(_ACK)]
            self._answers = self._answers[len(_ACK) :]
            if answer == _ACK:
                return True
        return False

    def _read(self, deadline: float) -> bool:
        """Waits for bytes; False if the time is up."""
        left = deadline - time.monotonic()
        poll = select.poll()
        poll.register(self._fifos.ack, select.POLLIN)
        if left <= 0 or not poll.poll(left * 1000):
            return False
        self._answers += os.read(self._fifos.ack, 4096)
        return True


@contextlib.contextmanager
def perf_control(folder: str, timeout_s: float = 10.0) -> Iterator[PerfControl]:
    """Makes the FIFOs for one perf in a folder, and removes them at the end.

    Args:
      folder: without a comma in its path.
      timeout_s: seconds that perf has for an answer.

    Raises:
      CodSpeedError: they cannot be made.
    """
    with fifo_pair(f"{folder}/{CTL_NAME}", f"{folder}/{ACK_NAME}") as fifos:
        yield PerfControl(fifos, timeout_s)
