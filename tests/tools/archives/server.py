"""An HTTP server on loopback that does what a test asks for."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one GET.

    Attributes:
      body: bytes of the file.
      status: HTTP status.
      headers: sent besides Content-Length. With an ETag or Last-Modified, ranges are served.
      sent: how many bytes of the body are sent before the connection ends; all by default.
      stuck: whether the server then waits, until it is closed, instead of ending it.
      meanwhile: called before anything is sent.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    stuck: bool = False
    meanwhile: Callable[[], object] = lambda: None

    def of_range(self, asked: Mapping[str, str]) -> Answer:
        """Returns the part of it that a request's headers ask for, if it may be given."""
        start = asked.get("Range", "").removeprefix("bytes=").removesuffix("-")
        validators = (self.headers.get("ETag"), self.headers.get("Last-Modified"))
        if not start or self.status != 200 or asked.get("If-Range") not in validators:
            return self
        if int(start) >= len(self.body):
            return Answer(status=416)
        span = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        headers = {**self.headers, "Content-Range": span}
        return Answer(self.body[int(start) :], 206, headers, self.sent, self.stuck, self.meanwhile)


@dataclass(frozen=True, slots=True)
class Request:
    """What the server was asked: path with its leading slash, and headers."""

    path: str
    headers: dict[str, str]


class Server:
    """Answers by path; use as a context manager.

    Attributes:
      requests: what it was asked, in order.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[str, list[Answer]] = {}
        self._closing = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, *answers: Answer) -> str:
        """Sets the answers of a path, one a request, the last for all others; returns its URL."""
        self._answers[path] = [*answers]
        return self.url + path

    def answer(self, path: str) -> Answer:
        """Returns the next answer of a path."""
        return self._answers[path][0]

    def _next(self, path: str) -> Answer:
        answers = self._answers.get(path, [Answer(status=404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                # Whoever gave up waiting is not the server's trouble.
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def do_GET(self) -> None:
                outer.requests.append(Request(self.path, dict(self.headers)))
                answer = outer._next(self.path).of_range(dict(self.headers))
                answer.meanwhile()
                self._send(answer)

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                if "Transfer-Encoding" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: answer.sent])
                if answer.stuck:
                    outer._closing.wait()
                self.close_connection = answer.sent is not None

            def log_message(self, format: str, *_: object) -> None:
                pass

        return Handler
