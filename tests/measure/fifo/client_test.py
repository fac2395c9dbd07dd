"""The benchmark's side of the FIFO protocol, against our server and without one."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.fifo.client import connect
from rules_codspeed.measure.fifo.fifos import runner_fifos
from rules_codspeed.measure.fifo.frames import Decoder, Frame
from rules_codspeed.measure.fifo.protocol import (
    Ack,
    Err,
    GetIntegrationMode,
    IntegrationMode,
    IntegrationModeResponse,
    Marker,
    MarkerKind,
    SetVersion,
    encode,
)
from tests.measure.walltime.running import Notes, fill, running


def test_whole_conversation(tmp_path: Path) -> None:
    with running(tmp_path, Notes()) as server, connect(folder=str(tmp_path)) as client:
        assert client
        assert client.set_integration("x", "1")
        assert client.start_benchmark()
        assert client.add_marker(5, Marker(MarkerKind.BENCHMARK_START, 3))
        assert client.stop_benchmark()
        assert client.set_executed_benchmark(5, "a::" + "é" * 100_000)
    assert server.integration == ("x", "1")
    assert server.uri_by_ts[0].uri == "a::" + "é" * 100_000
    assert len(server.markers) == 3
    assert server.warnings == []


@pytest.mark.parametrize("missing", ["runner.ctl.fifo", "runner.ack.fifo"])
@pytest.mark.parametrize("instead", ["nothing", "file"])
def test_not_measured_without_fifos(tmp_path: Path, missing: str, instead: str) -> None:
    with runner_fifos(str(tmp_path)):
        os.unlink(tmp_path / missing)
        if instead == "file":
            (tmp_path / missing).touch()
        with connect(folder=str(tmp_path)) as client:
            assert client is None


def test_not_measured_with_stale_fifos(tmp_path: Path) -> None:
    for name in ("ctl", "ack"):
        os.mkfifo(tmp_path / f"runner.{name}.fifo")
    with connect(folder=str(tmp_path), timeout_s=0.02) as client:
        assert client is None


def test_not_measured_in_another_mode(tmp_path: Path) -> None:
    with (
        running(tmp_path, Notes()),
        connect(IntegrationMode.ANALYSIS, str(tmp_path)) as client,
    ):
        assert client is None


@contextlib.contextmanager
def answering(folder: Path, *answers: list[bytes]) -> Iterator[list[Frame]]:
    """Answers commands with any pieces of bytes; yields the commands."""
    heard: list[Frame] = []
    with runner_fifos(str(folder)) as fifos:

        def runner() -> None:
            decoder = Decoder()
            for pieces in answers:
                if select.select([fifos.ctl], [], [], 5)[0]:
                    heard.extend(decoder.feed(os.read(fifos.ctl, 4096)))
                    for piece in pieces:
                        os.write(fifos.ack, piece)

        thread = threading.Thread(target=runner)
        thread.start()
        try:
            yield heard
        finally:
            thread.join()


def refusal(folder: Path, answer: bytes) -> str:
    """Returns what a client reports when it gets this answer at once."""
    with (
        answering(folder, [answer]),
        pytest.raises(CodSpeedError) as caught,
        connect(folder=str(folder), timeout_s=2),
    ):
        pass
    return str(caught.value)


def test_runner_that_refuses(tmp_path: Path) -> None:
    text = refusal(tmp_path, encode(Err()))
    assert "the runner does not accept this client. Got: the answer Err to version 2" in text
    assert "Fix: update the runner" in text


def test_runner_that_says_what_nobody_asked(tmp_path: Path) -> None:
    mode = IntegrationModeResponse(IntegrationMode.WALLTIME)
    assert "the answer IntegrationModeResponse" in refusal(tmp_path, encode(mode))
    assert "the answer Undecodable" in refusal(tmp_path, b"\4\0\0\0????")


def test_runner_of_another_mode(tmp_path: Path) -> None:
    analysis = encode(IntegrationModeResponse(IntegrationMode.ANALYSIS))
    with answering(tmp_path, [encode(Ack())], [analysis]) as heard:
        with connect(folder=str(tmp_path), timeout_s=2) as client:
            assert client is None
        assert heard == [SetVersion(2), GetIntegrationMode()]


def test_answers_byte_by_byte(tmp_path: Path) -> None:
    walltime = encode(IntegrationModeResponse(IntegrationMode.WALLTIME))
    pieces = [[bytes([byte]) for byte in answer] for answer in (encode(Ack()), walltime)]
    with answering(tmp_path, *pieces), connect(folder=str(tmp_path), timeout_s=2) as client:
        assert client


def test_late_answers_are_thrown_away(tmp_path: Path) -> None:
    with runner_fifos(str(tmp_path)) as fifos:
        with connect(folder=str(tmp_path), timeout_s=0.02) as client:
            assert client is None
            os.write(fifos.ack, encode(Ack()) * 5)
        with pytest.raises(BlockingIOError):
            os.read(fifos.ack, 1)


def test_runner_that_stops_reading(tmp_path: Path) -> None:
    with running(tmp_path, Notes()) as server, connect(folder=str(tmp_path)) as client:
        assert client
        client.timeout_s = 0.1
        server.failure = CodSpeedError("over", fix=None)
        fill(server.fileno())
        assert not client.start_benchmark()
        assert not client.set_executed_benchmark(1, "x")
