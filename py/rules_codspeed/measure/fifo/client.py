"""The benchmark's side of the FIFO protocol (spec: hooks-fifo 8)."""

from __future__ import annotations

import contextlib
import os
import select
import stat
import time
from collections.abc import Iterator
from typing import Final

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.fifo.fifos import ACK_NAME, CTL_NAME
from rules_codspeed.measure.fifo.frames import Decoder, Frame
from rules_codspeed.measure.fifo.protocol import (
    CURRENT_VERSION,
    Ack,
    AddMarker,
    Command,
    CurrentBenchmark,
    GetIntegrationMode,
    IntegrationMode,
    IntegrationModeResponse,
    Marker,
    SetIntegration,
    SetVersion,
    StartBenchmark,
    StopBenchmark,
    encode,
)

_TIMEOUT_S: Final = 1.0
_BLOCK: Final = 1 << 16


class Client:
    """Sends requests to the runner, and waits for its answers.

    All calls return whether the runner did what it was asked to do.

    Attributes:
      timeout_s: seconds that the runner has for each answer.
    """

    def __init__(self, ctl: int, ack: int, timeout_s: float) -> None:
        """Use `connect`.

        Args:
          ctl: file descriptor to write commands to; it does not block.
          ack: file descriptor to read answers from; it does not block.
          timeout_s: seconds that the runner has for each answer.
        """
        self._ctl = ctl
        self._ack = ack
        self.timeout_s = timeout_s
        self._decoder = Decoder()
        self._answers: list[Frame] = []

    def set_integration(self, name: str, version: str) -> bool:
        """Reports which integration this is."""
        return self._done(SetIntegration(name, version))

    def start_benchmark(self) -> bool:
        """Opens a window."""
        return self._done(StartBenchmark())

    def stop_benchmark(self) -> bool:
        """Closes the window."""
        return self._done(StopBenchmark())

    def set_executed_benchmark(self, pid: int, uri: str) -> bool:
        """Names the windows that ended since the last such call."""
        return self._done(CurrentBenchmark(pid, uri))

    def add_marker(self, pid: int, marker: Marker) -> bool:
        """Hands over a marker."""
        return self._done(AddMarker(pid, marker))

    def is_measured(self, mode: IntegrationMode) -> bool:
        """Agrees on the protocol and asks what the runner measures.

        Raises:
          CodSpeedError: there is a runner, and it does not accept this protocol.
        """
        answer = self._ask(SetVersion(CURRENT_VERSION))
        if answer not in (Ack(), None):
            raise CodSpeedError(
                "the runner does not accept this client",
                got=f"the answer {type(answer).__name__} to version {CURRENT_VERSION} of the "
                "protocol",
                expected="Ack",
                fix="update the runner",
            )
        # Also when there was no answer: upstream's clients ask for both.
        return self._ask(GetIntegrationMode()) == IntegrationModeResponse(mode)

    def drain(self) -> None:
        """Throws away answers that came too late."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._ack, _BLOCK):
                pass

    def _done(self, command: Command) -> bool:
        return self._ask(command) == Ack()

    def _ask(self, command: Command) -> Frame | None:
        """Returns the answer; None if there is none in time."""
        deadline = time.monotonic() + self.timeout_s
        if not self._write(encode(command), deadline):
            return None
        while not self._answers:
            if not _wait(self._ack, select.POLLIN, deadline):
                return None
            # Another client may have been faster.
            with contextlib.suppress(BlockingIOError):
                self._answers += self._decoder.feed(os.read(self._ack, _BLOCK))
        return self._answers.pop(0)

    def _write(self, data: bytes, deadline: float) -> bool:
        """Writes all, by one call if it fits; returns whether that was possible in time."""
        while data:
            try:
                data = data[os.write(self._ctl, data) :]
            except BlockingIOError:
                if not _wait(self._ctl, select.POLLOUT, deadline):
                    return False
        return True


def _wait(descriptor: int, event: int, deadline: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


@contextlib.contextmanager
def connect(
    mode: IntegrationMode = IntegrationMode.WALLTIME,
    folder: str = "/tmp",
    timeout_s: float = _TIMEOUT_S,
) -> Iterator[Client | None]:
    """Yields a client of the runner if there is one that measures in this mode, else None.

    Args:
      mode: what the runner must measure.
      folder: where the FIFOs are.
      timeout_s: seconds that the runner has for each answer.

    Raises:
      CodSpeedError: there is a runner, and it does not accept this protocol.
    """
    with contextlib.ExitStack() as stack:
        try:
            ctl = stack.enter_context(_opened(f"{folder}/{CTL_NAME}"))
            ack = stack.enter_context(_opened(f"{folder}/{ACK_NAME}"))
        except OSError:  # not there, or another user's
            yield None
            return
        client = Client(ctl, ack, timeout_s)
        stack.callback(client.drain)
        yield client if client.is_measured(mode) else None


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is not a FIFO")
        yield descriptor
    finally:
        os.close(descriptor)


def refused(what: str) -> CodSpeedError:
    """Returns the error of a call that returned False."""
    return CodSpeedError(
        f"the runner did not {what}",
        got="no answer, or an answer that it failed",
        expected="an answer within a second",
        fix="see what the runner printed before",
    )
