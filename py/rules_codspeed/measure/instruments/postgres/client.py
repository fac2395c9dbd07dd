"""A session with a PostgreSQL server."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import time
from collections.abc import Iterator
from functools import partial

from rules_codspeed.measure.instruments.postgres import wire
from rules_codspeed.measure.instruments.postgres.dsn import Server
from rules_codspeed.measure.instruments.postgres.scram import MECHANISM, Scram
from rules_codspeed.measure.instruments.postgres.wire import Decoder, Message, WireError

_BLOCK = 1 << 16  # bytes
_CONNECT_S = 10.0
_MOST_ROWS = 100_000

Row = list[str | None]


class QueryError(WireError):
    """The server refused a query; whoever asked catches it, as the session goes on."""


class Session:
    """Sends queries one after the other; all values are texts."""

    def __init__(self, server: Server) -> None:
        """Connects and authenticates.

        Raises:
          OSError: it cannot be reached.
          WireError: it refuses the user, or speaks something else.
        """
        self._decoder = Decoder()
        self._messages: Iterator[Message] = iter(())
        self._end = time.monotonic() + _CONNECT_S
        self._socket = _connected(server)
        try:
            self._send(wire.startup(server.user, server.database))
            self._authenticate(server)
            while self._next().kind != b"Z":
                pass
        except BaseException:
            self._socket.close()
            raise

    def query(self, sql: str, timeout_s: float) -> list[Row]:
        """Runs a query; returns its rows.

        Args:
          sql: of one query.
          timeout_s: for all of it. What is late ends the session.

        Raises:
          QueryError: the server refuses it.
          WireError: the session cannot go on.
          OSError: likewise.
        """
        self._end = time.monotonic() + timeout_s
        self._send(wire.query(sql))
        rows: list[Row] = []
        refusal = ""
        while True:
            try:
                message = self._next()
            except QueryError as error:
                refusal = refusal or str(error)
                continue
            if message.kind == b"Z":
                break
            if message.kind == b"D":
                if len(rows) >= _MOST_ROWS:
                    raise WireError(f"more than {_MOST_ROWS} rows")
                rows.append(wire.row(message.content))
        if refusal:
            raise QueryError(refusal)
        return rows

    def close(self) -> None:
        """Ends the session."""
        with contextlib.suppress(OSError):
            self._socket.sendall(wire.terminate())
        self._socket.close()

    def _authenticate(self, server: Server) -> None:
        scram = Scram(server.password)
        while True:
            message = self._next()
            if message.kind != b"R" or len(message.content) < 4:
                raise WireError(f"a message {message.kind!r} instead of authentication")
            (request,) = struct.unpack_from(">I", message.content)
            content = message.content[4:]
            if request == 0:
                return
            if request == 3:
                self._send(wire.password(server.password.encode() + b"\0"))
            elif request == 5:
                self._send(wire.password(_md5(server, content) + b"\0"))
            elif request == 10 and MECHANISM in wire.texts(content):
                self._send(wire.password(wire.sasl_initial(MECHANISM, scram.first())))
            elif request == 11:
                self._send(wire.password(scram.final(content)))
            elif request == 12:
                scram.check(content)
            else:
                raise WireError(f"a way to authenticate that is not supported, number {request}")

    def _send(self, message: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(message)

    def _next(self) -> Message:
        """Returns the next message that is of use.

        Raises:
          QueryError: it states an error.
        """
        while True:
            for message in self._messages:
                if message.kind == b"E":
                    raise QueryError(wire.fault(message.content))
                if message.kind not in (b"N", b"S", b"K", b"A"):
                    return message
            self._socket.settimeout(self._left())
            data = self._socket.recv(_BLOCK)
            if not data:
                raise WireError("the end of the session")
            self._messages = self._decoder.feed(data)

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the server did not answer in time")
        return left


def _connected(server: Server) -> socket.socket:
    if not server.host.startswith("/"):
        return socket.create_connection((server.host, server.port), _CONNECT_S)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_S)
        connection.connect(f"{server.host}/.s.PGSQL.{server.port}")
    except BaseException:
        connection.close()
        raise
    return connection


def _md5(server: Server, salt: bytes) -> bytes:
    # What the server asks for, also where the machine's policy allows no MD5 for security.
    md5 = partial(hashlib.md5, usedforsecurity=False)
    inner = md5((server.password + server.user).encode()).hexdigest()
    return b"md5" + md5(inner.encode() + salt).hexdigest().encode()
