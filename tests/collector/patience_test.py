"""How long a connection waits for its peer: real sockets, and a clock that the tests move."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from rules_codspeed.collector.server.connection import Connection, Patience
from rules_codspeed.collector.server.connection_limit import OpenConnections

_PATIENCE = Patience(seconds=30, least=1000)
_DEADLINE = 20.0  # seconds, for what takes a fraction of one
_ANSWER = 8 << 20  # bytes: more than the kernel keeps for a peer that takes none


class ManualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still."""

    now = 0.0

    def time(self) -> float:
        return self.now


@dataclass
class Served:
    """A server with one connection."""

    loop: ManualLoop
    peer: socket.socket
    connections: list[Connection]
    release: asyncio.Event  # ends the work on requests to /work

    @property
    def connection(self) -> Connection:
        return self.connections[0]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Lets the server go on until something is so."""
        end = time.monotonic() + _DEADLINE
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        self.loop.now += seconds
        for _ in range(10):
            await asyncio.sleep(0)

    async def send(self, data: bytes) -> None:
        """Sends, until the server has received it."""
        before = self.connection._received
        await self.loop.sock_sendall(self.peer, data)
        await self.until(lambda: self.connection._received - before >= len(data) or self.closed)

    async def receive(self) -> bytes:
        received: list[bytes] = []

        def take() -> bool:
            with contextlib.suppress(BlockingIOError):
                received.append(self.peer.recv(1 << 20))
            return bool(received)

        await self.until(take)
        return received[0]

    @property
    def closed(self) -> bool:
        return self.connection.transport.is_closing()


def served(test: Callable[[Served], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs a test with a server on a clock of its own."""

    def run() -> None:
        loop = ManualLoop()
        try:
            loop.run_until_complete(_serve(loop, test))
        finally:
            loop.close()

    run.__name__ = test.__name__
    return run


async def _serve(loop: ManualLoop, test: Callable[[Served], Awaitable[None]]) -> None:
    release = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            return
        if scope["path"] == "/work":
            await release.wait()
        body = bytes(_ANSWER) if scope["path"] == "/large" else b"fine"
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, log_config=None, lifespan="off", access_log=False)
    config.load()
    state, connections, registry = ServerState(), list[Connection](), OpenConnections(10)

    def make() -> Connection:
        connections.append(
            Connection(registry, _PATIENCE, config=config, server_state=state, app_state={})
        )
        return connections[-1]

    server = await loop.create_server(make, "127.0.0.1", 0)
    with socket.socket() as peer:
        peer.setblocking(False)
        await loop.sock_connect(peer, server.sockets[0].getsockname())
        one = Served(loop, peer, connections, release)
        await one.until(lambda: bool(connections and connections[0].transport))
        await test(one)
        connections[0].drop()
        await one.until(lambda: not state.connections and not state.tasks)
    server.close()


def head(method: str = "GET", path: str = "/", *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *lines, "", ""]).encode()


@served
async def test_silence_ends_the_connection(one: Served) -> None:
    await one.pass_time(29)
    assert not one.closed
    await one.pass_time(1)
    assert one.closed
    assert await one.receive() == b""


@served
async def test_a_head_in_drops_ends_the_connection(one: Served) -> None:
    for byte in head("GET", "/a-long-path-of-a-request")[:29]:
        await one.send(bytes([byte]))
        await one.pass_time(1)
        assert not one.closed
    await one.pass_time(1)
    assert one.closed


@served
async def test_half_a_second_request_ends_the_connection(one: Served) -> None:
    await one.send(head())
    assert (await one.receive()).endswith(b"fine")
    await one.send(b"GE")
    await one.pass_time(29)
    assert not one.closed
    await one.pass_time(1)
    assert one.closed


@served
async def test_a_kept_connection_ends(one: Served) -> None:
    await one.send(head())
    assert (await one.receive()).endswith(b"fine")
    await one.pass_time(5)
    assert one.closed


@served
async def test_each_request_has_its_own_time(one: Served) -> None:
    for _ in range(5):
        await one.pass_time(4)
        await one.send(head())
        assert (await one.receive()).endswith(b"fine")
        await one.send(b"GET / HTTP/1.1\r\n")
        await one.pass_time(25)
        await one.send(b"Host: a\r\n\r\n")
        assert (await one.receive()).endswith(b"fine")
    assert not one.closed


@served
async def test_half_a_body_ends_the_connection(one: Served) -> None:
    await one.pass_time(20)
    await one.send(head("PUT", "/", "Content-Length: 5000") + b"a" * 2000)
    await one.pass_time(29)
    assert not one.closed
    await one.send(b"a" * 2000)
    await one.pass_time(1)
    assert not one.closed, "it sent enough since its head"
    await one.pass_time(29)
    assert not one.closed
    await one.pass_time(1)
    assert one.closed


@served
async def test_a_body_in_drops_ends_the_connection(one: Served) -> None:
    await one.send(head("PUT", "/", "Content-Length: 5000"))
    for _ in range(29):
        await one.send(b"a")
        await one.pass_time(1)
        assert not one.closed
    await one.pass_time(1)
    assert one.closed


@served
async def test_a_slow_upload_is_not_cut(one: Served) -> None:
    await one.send(head("PUT", "/", "Content-Length: 30000"))
    for _ in range(300):
        await one.send(b"a" * 100)
        await one.pass_time(1)
        assert not one.closed
    assert (await one.receive()).endswith(b"fine")


@served
async def test_a_body_that_nobody_reads_any_more_is_waited_for_as_long(one: Served) -> None:
    await one.send(head("PUT", "/work", "Expect: 100-continue", "Content-Length: 5000"))
    assert (await one.receive()).startswith(b"HTTP/1.1 100")
    await one.pass_time(30)
    assert one.closed


@served
async def test_work_takes_as_long_as_it_takes(one: Served) -> None:
    await one.send(head("PUT", "/work", "Content-Length: 1") + b"a")
    for _ in range(100):
        await one.pass_time(60)
        assert not one.closed
        assert not one.connection.waits
    one.release.set()
    assert (await one.receive()).endswith(b"fine")


@served
async def test_an_answer_that_nobody_takes_ends_the_connection(one: Served) -> None:
    await one.send(head("GET", "/large"))
    await one.until(lambda: one.connection.transport.get_write_buffer_size() > 0)
    assert one.connection.waits
    await one.pass_time(30)
    await one.until(lambda: one.connection not in one.connection.connections)
    assert one.connection.transport.get_write_buffer_size() == 0


@served
async def test_an_answer_that_is_taken_slowly_is_not_cut(one: Served) -> None:
    await one.send(head("GET", "/large"))
    await one.until(lambda: one.connection.transport.get_write_buffer_size() > 0)
    received = 0
    while received < _ANSWER:
        left = one.connection.transport.get_write_buffer_size()
        while received < _ANSWER and (
            not left or one.connection.transport.get_write_buffer_size() >= left - _PATIENCE.least
        ):
            received += len(await one.receive())
        await one.pass_time(29)
