"""A scripted HTTP server on loopback, for the end-to-end tests."""

from __future__ import annotations

import contextlib
import http.server
import threading
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(frozen=True)
class Answer:
    """What the server says to a GET of one path.

    Attributes:
      body: the bytes of the file.
      status: HTTP status.
      headers: sent besides Content-Length.
      sent: how many bytes of the body are sent before the connection is closed; all by default.
      delay_s: how long the server waits before it says anything.
      password: if set, the request must carry this Basic authorization.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    delay_s: float = 0
    password: str = ""


class Server:
    """Serves `answers` by path, 404 for all else, and records what was asked for.

    Use as a context manager.

    Attributes:
      answers: from path, with its leading slash, to the answer; may change at any time.
      requests: paths in the order of the requests.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self._closing = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                answer = outer.answers.get(self.path, Answer(status=404))
                if answer.password and self.headers["Authorization"] != answer.password:
                    answer = Answer(status=401, headers={"WWW-Authenticate": "Basic"})
                outer._closing.wait(answer.delay_s)
                # A client that gave up waiting is not an error of the server.
                with contextlib.suppress(ConnectionError):
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[: answer.sent])
                if answer.sent is not None:
                    self.close_connection = True

            def log_message(self, format: str, *_: object) -> None:
                """Logs nothing: the output belongs to the test."""

        return Handler
