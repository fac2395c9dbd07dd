"""Benchmarks behind a program that speaks the MongoDB tracer's side: CodSpeed's is closed.

It is a real process, told what CodSpeed's runner tells the tracer. The server is one of ours that
answers messages of MongoDB's wire protocol with themselves.
"""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules_codspeed.contract.instruments.secret import PARENT
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from tests.measure.timed.offering import offering
from tests.measure.timed.timed_target import Timed, TimedTarget

Make = Callable[..., TimedTarget]

_TRACER = Path(__file__).parents[1] / "instruments/mongo_tracer.py"
_SECRET = "MONGO_URL_OF_A_TEST"
_BENCH = f"""
import os, socket, struct, urllib.parse

uri = os.environ["{_SECRET}"]
place = urllib.parse.urlsplit(uri)
server = socket.create_connection((place.hostname, place.port))

def ask():
    message = struct.pack("<iiiii", 20, 1, 0, 2013, 0)
    server.sendall(message)
    assert server.recv(20) == message

def test_ask(benchmark):
    print("seen", uri, os.environ["CODSPEED_MONGO_INSTR_SERVER_ADDRESS"])
    benchmark.pedantic(ask, rounds=5)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """A server that sends back what it gets; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(client: socket.socket) -> None:
        while data := client.recv(1 << 16):
            client.sendall(data)
        client.close()

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def bench(python_timed: Make) -> Callable[..., TimedTarget]:
    """Makes targets with the instrument."""

    def make(source: str = _BENCH, **changes: object) -> TimedTarget:
        instruments = [{"name": "mongodb", "variable": _SECRET}]
        sources = {"_main/pkg/bench_mongo.py": source}
        target = python_timed(sources, "-s", instruments=instruments, **changes)
        target.options.append(f"--mongo-tracer={_TRACER}")
        return target

    return make


def _time(target: TimedTarget, uri: str) -> Timed:
    with offering({_SECRET: uri}, PARENT):
        ended = target.time()
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(_TRACER) not in listed.stdout, "a tracer is left"
    return ended


@pytest.mark.parametrize("profiler", ["perf", "none"])
def test_the_tracer_stands_between(
    bench: Callable[..., TimedTarget], server: int, profiler: str, tmp_path: Path
) -> None:
    uri = f"mongodb://me:s3cret@127.0.0.1:{server}/shop?w=1"
    ended = _time(bench(profiler=profiler), uri).succeeded()
    (seen,) = [line for line in ended.log.splitlines() if "seen " in line]
    _, rewritten, control = seen[seen.index("seen ") :].split()
    assert rewritten.startswith("mongodb://127.0.0.1:")
    assert rewritten.endswith("/shop?w=1&directConnection=true")
    assert control.startswith("http://0.0.0.0:")
    profile = tmp_path / "profile"
    with (tmp_path / "harvest.log").open("w") as log:
        harvest(ended.folder / "raw", profile, Log(log))
    content = (profile / "instruments/mongo.json").read_bytes()
    # As the tracer answered.
    assert content.startswith(b'{"messages": [2013, 2013, ')
    assert content.endswith(b'"path": "/terminate"}')
    assert "s3cret" not in ended.log


def test_a_program_that_crashes(bench: Callable[..., TimedTarget], server: int) -> None:
    source = _BENCH + "\n    os.abort()\n"
    text = _time(bench(source), f"mongodb://127.0.0.1:{server}/").failed()
    assert "SIGABRT" in text


def test_a_program_that_does_not_end(bench: Callable[..., TimedTarget], server: int) -> None:
    source = _BENCH + "\n    import time; time.sleep(600)\n"
    text = _time(bench(source, timeout_s=20), f"mongodb://127.0.0.1:{server}/").failed()
    assert "did not end within 20 s" in text


@pytest.mark.parametrize(
    ("destination", "got"),
    [
        ("ends", "it ended with 1 before it was ready"),
        ("refuses", "it answered 500 to /terminate"),
    ],
)
def test_a_tracer_that_fails(bench: Callable[..., TimedTarget], destination: str, got: str) -> None:
    source = "def test_nothing(benchmark):\n    benchmark(int)\n"
    ended = _time(bench(source), f"mongodb://{destination}:1/")
    assert ended.status == 1
    assert "the MongoDB tracer of //pkg:bench failed" in ended.stderr
    assert got in ended.stderr
    assert "| log level debug" in ended.stderr


def test_a_slow_tracer_is_awaited(bench: Callable[..., TimedTarget]) -> None:
    source = f"""
import os, socket, urllib.parse
place = urllib.parse.urlsplit(os.environ["{_SECRET}"])
socket.create_connection((place.hostname, place.port)).close()

def test_nothing(benchmark):
    benchmark(int)
"""
    _time(bench(source), "mongodb://slow:1/").succeeded()


def test_an_address_that_cannot_be_used(bench: Callable[..., TimedTarget]) -> None:
    ended = _time(bench(), "mongodb+srv://me:s3cret@db/shop")
    assert ended.status == 1
    assert f"a value of {_SECRET} that cannot be used" in ended.stderr
    assert "s3cret" not in ended.stderr
