"""A server on loopback in the shape of GitHub's and GitLab's REST APIs, as far as comments need it.

It keeps comments and statuses, refuses what the services refuse, and has faults on demand.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "forge-token-0123456789"
WE = 7
"""Number of the user whose token it is."""


@dataclass(frozen=True)
class Fault:
    """An answer in place of the next one to a method, at some path."""

    method: str
    status: int
    body: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = r"/(repos|projects)/"


class Forge:
    """The server: `comments` by number, `statuses` and `requests` as they came."""

    def __init__(self) -> None:
        self.comments: dict[int, dict[str, Any]] = {}
        self.statuses: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[tuple[str, str, Mapping[str, str]]] = []
        self.faults: deque[Fault] = deque()
        self.largest = 65_536  # characters
        self.before_create: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._number = 100

        class Handler(_Handler):
            forge = self

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, body: str, *, user: int = WE) -> int:
        """Adds a comment, by default one of ours; returns its number."""
        with self._lock:
            self._number += 1
            self.comments[self._number] = {
                "id": self._number,
                "body": body,
                "user": {"id": user},
                "author": {"id": user},
            }
            return self._number

    @property
    def bodies(self) -> list[str]:
        return [one["body"] for one in self.comments.values()]

    def answer(
        self, method: str, path: str, content: dict[str, Any]
    ) -> tuple[int, object, Mapping[str, str]]:
        """Answers a request whose token is right."""
        with self._lock:
            fault = self.faults[0] if self.faults else None
            if fault and fault.method == method and re.match(fault.path, path):
                self.faults.popleft()
                return fault.status, fault.body, fault.headers
        where = urlsplit(path)
        if where.path == "/graphql":
            return 200, {"data": {"viewer": {"databaseId": WE}}}, {}
        if where.path == "/user":
            return 200, {"id": WE, "username": "bench"}, {}
        if "/statuses/" in where.path:
            self.statuses.append((where.path.rpartition("/")[2], content))
            return 201, {"id": 1}, {}
        if method == "GET":
            return 200, self._page(parse_qs(where.query)), {}
        if len(content.get("body", "")) > self.largest:
            return 422, {"message": "Validation Failed", "errors": ["body is too long"]}, {}
        if method == "POST":
            self.before_create()
            return 201, self.comments[self.add(content["body"])], {}
        return self._changed(method, int(where.path.rpartition("/")[2]), content)

    def _page(self, query: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return list(self.comments.values())[(page - 1) * size : page * size]

    def _changed(
        self, method: str, number: int, content: dict[str, Any]
    ) -> tuple[int, object, Mapping[str, str]]:
        with self._lock:
            if number not in self.comments:
                return 404, {"message": "Not Found"}, {}
            if method == "DELETE":
                del self.comments[number]
                return 204, None, {}
            self.comments[number]["body"] = content["body"]
            return 200, self.comments[number], {}

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge: Forge

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.forge.requests.append((self.command, self.path, headers))
        given = headers.get("authorization", "") or f"Bearer {headers.get('private-token', '')}"
        if given != f"Bearer {TOKEN}" or not headers.get("user-agent"):
            self._send(401, {"message": f"Bad credentials: {given}"}, {})
        else:
            content = json.loads(body) if body else {}
            self._send(*self.forge.answer(self.command, self.path, content))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _send(self, status: int, content: object, headers: Mapping[str, str]) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def serve_forge() -> Iterator[Forge]:
    """Serves an empty project."""
    forge = Forge()
    forge.start()
    try:
        yield forge
    finally:
        forge.close()


def sections_of(body: str) -> list[str]:
    """Returns the texts of a comment's sections."""
    return re.split(r"<!-- rules_codspeed [0-9a-f]{16} [0-9.]+ -->\n", body)[1:]
