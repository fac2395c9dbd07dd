"""A connection that waits for its peer, but not for ever."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import sys
import termios
from dataclasses import dataclass
from typing import Any

import h11

from rules_codspeed.collector.server.connection_limit import OpenConnections
from rules_codspeed.collector.server.reset import ResettableProtocol

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a connection waits for its peer.

    Attributes:
      seconds: for the head of a request; then for each `least` bytes of a body or an answer.
      least: bytes.
    """

    seconds: float = 30
    least: int = 8 << 10


class Connection(ResettableProtocol):
    """HTTP/1.1 with a peer that may be silent, slow or gone.

    Nothing limits how long the collector itself works on a request.
    """

    def __init__(self, connections: OpenConnections, patience: Patience, **settings: Any) -> None:
        """Makes the protocol of one connection; `settings` are those of uvicorn."""
        super().__init__(**settings)
        self._all = connections
        self._patience = patience
        self._timer: asyncio.TimerHandle | None = None
        self._stage: tuple[object, object] = (None, None)
        self._received = 0  # bytes
        # As they were when the timer was set.
        self._received_before = 0
        self._unsent_before = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to wait for a request."""
        super().connection_made(transport)
        self._all.add(self)
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends."""
        if self._timer:
            self._timer.cancel()
        self._all.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what the peer sent."""
        self._received += len(data)
        self._all.touch(self)
        super().data_received(data)
        self._follow()

    def pause_writing(self) -> None:
        """Starts to wait until the peer takes what is written."""
        super().pause_writing()
        self._set_timer()

    def resume_writing(self) -> None:
        """Goes on to answer."""
        self._all.touch(self)
        super().resume_writing()
        self._set_timer()

    def on_response_complete(self) -> None:
        """Goes on to the next request."""
        super().on_response_complete()
        self._follow()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP; not where another answer was begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.drop()

    @property
    def waits(self) -> bool:
        """Whether nothing happens until the peer sends or takes something."""
        sends = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        return self.flow.write_paused or (sends and not self.flow.read_paused)

    def drop(self) -> None:
        """Closes it at once."""
        self.transport.abort()

    def _follow(self) -> None:
        """Sets the timer anew where the request has come to another stage."""
        stage = (self.conn.their_state, self.cycle)
        if stage != self._stage:
            self._stage = stage
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._received_before = self._received
        self._unsent_before = self._unsent()
        self._timer = self.loop.call_later(self._patience.seconds, self._look)

    def _look(self) -> None:
        if self._is_stalled():
            _LOG.info("closed a connection whose peer was silent or too slow")
            self.drop()
        else:
            self._set_timer()

    def _is_stalled(self) -> bool:
        """Whether the peer did too little since the timer was set."""
        if self.transport.get_write_buffer_size():
            return self._unsent_before - self._unsent() < self._patience.least
        if self.conn.their_state is h11.IDLE:
            return True
        if self.conn.their_state is h11.SEND_BODY and not self.flow.read_paused:
            return self._received - self._received_before < self._patience.least
        return False

    def _unsent(self) -> int:
        """Returns the bytes that the peer has not taken: here, and in the kernel.

        A slow peer empties the kernel's buffer by a third before anything of ours moves.
        """
        there = fcntl.ioctl(self.transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4))
        return self.transport.get_write_buffer_size() + int.from_bytes(there, sys.byteorder)
