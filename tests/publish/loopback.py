"""An HTTP server on loopback that records requests and answers by a script."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from unittest import mock

import httpx

from rules_codspeed.publish.service.http import RetryPolicy, open_client

_PATIENCE = 20.0  # seconds of a silent server


@dataclass(frozen=True)
class Reply:
    """An answer; `missing` bytes are promised and never sent. `early`: the body is not read."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    early: bool = False


@dataclass(frozen=True)
class Reset:
    """The connection is reset when so many bytes of the body are read."""

    after: int = 0


@dataclass(frozen=True)
class Silence:
    """The request is read and never answered."""


@dataclass(frozen=True)
class Received:
    """A request as it arrived; the names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Loopback:
    """The server: `url` is its root, `requests` what it got."""

    def __init__(self, script: list[Reply | Reset | Silence]) -> None:
        self.requests: list[Received] = []
        self.closing = threading.Event()
        self._script = deque(script)

        class Handler(_Handler):
            loopback = self

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def next_answer(self) -> Reply | Reset | Silence:
        if not self._script:
            return Reply(599, b"the script has no more answers")
        return self._script.popleft()

    def extend(self, *script: Reply | Reset | Silence) -> None:
        self._script.extend(script)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    loopback: Loopback

    def do_GET(self) -> None:
        answer = self.loopback.next_answer()
        body = self._read_body(answer)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.loopback.requests.append(Received(self.command, self.path, headers, body))
        if isinstance(answer, Reset):
            # Without lingering: the peer gets RST rather than the end of the stream.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.rfile.close()
            self.connection.close()
            self.close_connection = True
        elif isinstance(answer, Silence):
            self.loopback.closing.wait(_PATIENCE)
            self.close_connection = True
        else:
            with contextlib.suppress(OSError):  # the client gave up
                self._reply(answer)

    do_POST = do_PUT = do_GET

    def _read_body(self, answer: Reply | Reset | Silence) -> bytes:
        size = int(self.headers.get("Content-Length", "0"))
        if isinstance(answer, Reset):
            size = min(size, answer.after)
        elif isinstance(answer, Reply) and answer.early:
            size = 0
        return self.rfile.read(size)

    def _reply(self, answer: Reply) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) + answer.missing))
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = answer.missing > 0 or answer.early

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # after a reset, nothing is left to flush
            super().finish()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def serve(*script: Reply | Reset | Silence) -> Iterator[Loopback]:
    """Serves the answers of a script, one per request."""
    server = Loopback(list(script))
    server.start()
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def connect(timeout: float = 5) -> Iterator[httpx.Client]:
    """Opens the client of the publisher, without the proxies and certificates of this machine."""
    variables = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    # Certificates are slow to load, and nothing here needs any.
    variables["SSL_CERT_DIR"] = os.devnull
    with mock.patch.dict(os.environ, variables, clear=True):
        client = open_client(httpx.Timeout(timeout))
    with client:
        yield client


class Waits:
    """Records waits instead of waiting; draws the longest wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.bounds: list[tuple[float, float]] = []

    def policy(self, retries: int) -> RetryPolicy:
        return RetryPolicy(retries, self.seconds.append, self._longest)

    def _longest(self, least: float, most: float) -> float:
        self.bounds.append((least, most))
        return most


def unused_port() -> int:
    """Returns a port on which nothing listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
