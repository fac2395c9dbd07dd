"""Connections that say nothing, little or too much keep nobody from the collector."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from rules_codspeed.collector.server.connection_limit import OpenConnections, connection_limit
from rules_codspeed.contract.errors import CodSpeedError
from tests.collector.server import Server, serve
from tests.collector.uploads import compact, document, simulation

_OPEN_FILES = 128
_MANY = 300  # connections: far more than the collector may open files


class Peer:
    """A connection that only counts."""

    def __init__(self, waits: bool = True) -> None:
        self.waits = waits
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True


class TestLimit:
    @pytest.mark.parametrize(
        ("open_files", "limit"), [(67, 1), (256, 64), (1024, 320), (1 << 20, 1000), (-1, 1000)]
    )
    def test_is_below_the_limit_of_files(self, open_files: int, limit: int) -> None:
        assert connection_limit(open_files) == limit

    def test_too_few_files_are_an_error(self) -> None:
        with pytest.raises(CodSpeedError, match=r"at least 67.*ulimit -n"):
            connection_limit(66)

    def test_is_that_of_this_process(self) -> None:
        assert 0 < connection_limit() <= 1000

    def test_one_more_closes_the_one_that_was_silent_longest(self) -> None:
        connections = OpenConnections(3)
        peers = [Peer() for _ in range(5)]
        for peer in peers[:3]:
            connections.add(peer)
        connections.touch(peers[0])
        connections.add(peers[3])
        assert [peer.dropped for peer in peers] == [False, True, False, False, False]
        connections.add(peers[4])
        assert [peer.dropped for peer in peers] == [False, True, True, False, False]

    def test_what_works_is_not_closed(self) -> None:
        connections = OpenConnections(2)
        working, new = [Peer(waits=False), Peer(waits=False)], Peer()
        for peer in (*working, new):
            connections.add(peer)
        assert [peer.dropped for peer in working] == [False, False]
        assert new.dropped

    def test_what_is_closed_does_not_count(self) -> None:
        connections = OpenConnections(1)
        first, second = Peer(), Peer()
        connections.add(first)
        connections.remove(first)
        connections.touch(first)
        connections.add(second)
        assert not first.dropped
        assert not second.dropped


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Server]:
    """A collector that may open few files; nothing of what clients do is an error of its own."""
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        serve(tmp_path / "data", errors=errors, open_files=_OPEN_FILES) as server,
    ):
        yield server
        assert server.stop() == 0
    text = log.read_text()
    assert "at most 21 connections are open at once" in text
    assert "those that were silent for longest are closed" in text
    assert "Traceback" not in text
    assert len(text) < 4000


def wait_for_end(connection: socket.socket) -> None:
    """Waits until the peer closes a connection; fails where it does not."""
    connection.settimeout(20)
    with suppress(ConnectionResetError):
        while connection.recv(1000):
            pass


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST /upload HTTP/1.1\r\nHos",
        b"POST /upload HTTP/1.1\r\nHost: a\r\nUser-Agent: codspeed-runner\r\n"
        b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["silent", "half a head", "half a body", "kept alive"],
)
def test_an_upload_gets_through_beside_many_connections(limited: Server, start: bytes) -> None:
    with ExitStack() as stack:
        connections = []
        for _ in range(_MANY):
            connection = stack.enter_context(socket.create_connection(limited.address))
            connection.sendall(start)
            connections.append(connection)
        assert limited.client.get("/healthz").status_code == 200
        assert simulation({"1.out": b"content"}).put(limited.client).status_code == 200
        if not start.startswith(b"GET"):
            wait_for_end(connections[0])


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A collector that logs no traceback, whatever its clients do."""
    folder = tmp_path_factory.mktemp("logged")
    with (folder / "log").open("w") as errors, serve(folder / "data", errors=errors) as server:
        yield server
        assert server.client.get("/healthz").status_code == 200
        assert server.stop() == 0
    text = (folder / "log").read_text()
    assert "Traceback" not in text
    assert max(map(len, text.splitlines())) < 700


_SLOT = (
    b"POST /upload HTTP/1.1\r\nUser-Agent: codspeed-runner\r\nContent-Type: application/json\r\n"
)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /none HTTP/1.1\r\nHost: [\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: a]:x\r\n\r\n",
        b"PUT /archives/x?expires=" + b"9" * 5000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /runs/%00%ff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /none HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 5000 + b"\r\n",
        b"GET /none HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"GET /none HTTP/9.9\r\nHost: a\r\n\r\n",
        b"PUT /archives/x HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
        _SLOT + b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
        _SLOT + b"Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=lambda sent: repr(sent[:20] + b".." + sent[-20:]),
)
def test_odd_requests_are_answered(logged: Server, sent: bytes) -> None:
    with socket.create_connection(logged.address, 20) as connection:
        try:
            connection.sendall(sent)
            answer = connection.recv(1000)
        except (ConnectionResetError, BrokenPipeError):
            # What was not read yet when the collector closed the connection takes the answer away.
            return
    assert answer.startswith(b"HTTP/1.1 4")


def test_a_body_that_is_none_after_the_answer_ends_the_connection(logged: Server) -> None:
    with socket.create_connection(logged.address, 20) as connection:
        connection.sendall(b"PUT /none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 404")
        connection.sendall(b"no chunk\r\n")
        wait_for_end(connection)


def test_answers_that_nobody_waits_for(logged: Server) -> None:
    for _ in range(20):
        with socket.create_connection(logged.address, 20) as connection:
            connection.sendall(b"GET /runs HTTP/1.1\r\nHost: a\r\n\r\n" * 50)
    for sent in (_SLOT, _SLOT + b"Host: a\r\nContent-Length: 9\r\n\r\n{"):
        with socket.create_connection(logged.address, 20) as connection:
            connection.sendall(sent)


@pytest.mark.parametrize(
    "value",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"[" * 300 + b"]" * 300,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b"9" * 100_000,
        b"1e999",
        b"-1e999",
        b"{" + b",".join(b'"k":1' for _ in range(20_000)) + b"}",
        b"{" + b",".join(b'"%d":1' % key for key in range(20_000)) + b"}",
        b"\xff",
        b"NaN",
    ],
    ids=lambda value: repr(value[:10]),
)
def test_odd_metadata_is_refused(logged: Server, value: bytes) -> None:
    body = compact(document("F", b"", commitHash="?")).replace(b'"?"', value)
    headers = {
        "User-Agent": "codspeed-runner",
        "Content-Type": "application/json",
        "Authorization": "a",
    }
    answer = logged.client.post("/upload", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert len(answer.text) < 5000
    # In the one place where any JSON may be.
    part = compact(document("F", b"")).replace(
        b'"metadata":{"executor"', b'"metadata":{"a":%b,"executor"' % value
    )
    answer = logged.client.post("/upload", content=part, headers=headers)
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        assert logged.client.get(f"/runs/{answer.json()['runId']}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":' + b"[" * 100_000,
        b'{"query":"' + b"{a" * 50_000 + b'"}',
        b'{"query":"{' + b"a" * 100_000 + b'}"}',
        b'{"query":"{a(' + b"(" * 100_000 + b'}"}',
        b'{"query":"{a}","variables":{"a":' + b"9" * 100_000 + b"}}",
        b'{"query":"\xff"}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_odd_queries_are_refused(logged: Server, body: bytes) -> None:
    answer = logged.client.post("/graphql", content=body, headers={"Authorization": "a"})
    assert answer.status_code == 400
    assert len(answer.text) < 5000
