"""The runner's side: each command, several clients, and clients that behave badly."""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.fifo.fifos import Fifos, runner_fifos
from rules_codspeed.measure.fifo.frames import Decoder, Frame
from rules_codspeed.measure.fifo.protocol import (
    Ack,
    AddMarker,
    Command,
    CurrentBenchmark,
    Err,
    GetIntegrationMode,
    IntegrationMode,
    IntegrationModeResponse,
    Marker,
    MarkerKind,
    PingPerf,
    SetIntegration,
    SetVersion,
    StartBenchmark,
    StopBenchmark,
    encode,
)
from rules_codspeed.measure.fifo.server import FifoServer
from tests.measure.walltime.running import Notes, fill

SECOND = 1_000_000_000


class Runner:
    """A server whose clock a test sets."""

    def __init__(self, fifos: Fifos, mode: IntegrationMode = IntegrationMode.WALLTIME) -> None:
        self.fifos = fifos
        self.notes = Notes()
        self.now = 0
        self.server = FifoServer(fifos, self.notes, self._clock, mode)

    def _clock(self) -> int:
        return self.now

    def answers(self, data: bytes) -> list[Frame]:
        """Writes as a client does; returns the answers."""
        os.write(self.fifos.ctl, data)
        self.server.handle()
        try:
            return Decoder().feed(os.read(self.fifos.ack, 1 << 16))
        except BlockingIOError:
            return []

    def at(self, now: int, *commands: Command) -> list[Frame]:
        """Writes commands at a given time."""
        self.now = now
        return self.answers(b"".join(map(encode, commands)))


@contextlib.contextmanager
def made(folder: Path) -> Iterator[Runner]:
    with runner_fifos(str(folder)) as fifos:
        yield Runner(fifos)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    with made(tmp_path) as made_runner:
        yield made_runner


def test_minimal_transcript(runner: Runner) -> None:
    """The example (spec: hooks-fifo 8.5)."""
    assert runner.at(1, SetVersion(2), GetIntegrationMode()) == [
        Ack(),
        IntegrationModeResponse(IntegrationMode.WALLTIME),
    ]
    assert runner.at(2, SetIntegration("pytest-codspeed", "5.0.4")) == [Ack()]
    assert runner.at(100, StartBenchmark()) == [Ack()]
    start = AddMarker(12345, Marker(MarkerKind.BENCHMARK_START, 110))
    end = AddMarker(12345, Marker(MarkerKind.BENCHMARK_END, 120))
    assert runner.at(130, start, end) == [Ack(), Ack()]
    assert runner.at(140, StopBenchmark()) == [Ack()]
    assert runner.at(150, CurrentBenchmark(12345, "a.py::b")) == [Ack()]
    server = runner.server
    assert server.markers == [
        (MarkerKind.SAMPLE_START, 100),
        (MarkerKind.BENCHMARK_START, 110),
        (MarkerKind.BENCHMARK_END, 120),
        (MarkerKind.SAMPLE_END, 140),
    ]
    assert server.uri_by_ts == [(150, "a.py::b")]
    assert server.bench_pids == {12345}
    assert server.integration == ("pytest-codspeed", "5.0.4")
    assert runner.notes.calls == ["enable", "disable"]
    assert server.warnings == []
    assert server.failure is None


class Watcher:
    """Takes what an observer sees, among the calls that start and stop sampling."""

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def opened(self) -> None:
        self._calls.append("opened")

    def closed(self) -> None:
        self._calls.append("closed")

    def named(self, uri: str) -> None:
        self._calls.append(f"named {uri}")


def test_an_observer_sees_benchmarks_outside_of_what_is_sampled(tmp_path: Path) -> None:
    with runner_fifos(str(tmp_path)) as fifos:
        runner = Runner(fifos)
        calls = runner.notes.calls
        runner.server = FifoServer(fifos, runner.notes, observer=Watcher(calls))
        # What is sent twice changes nothing.
        runner.at(1, StopBenchmark(), StartBenchmark(), StartBenchmark())
        runner.at(2, StopBenchmark(), StopBenchmark(), CurrentBenchmark(1, "x"))
        assert calls == [
            *("disable", "opened", "enable", "enable"),
            *("disable", "closed", "disable", "named x"),
        ]


def test_second_start_and_second_stop(runner: Runner) -> None:
    assert runner.at(5, StopBenchmark(), StartBenchmark(), StartBenchmark()) == [Ack()] * 3
    assert runner.at(6, StopBenchmark(), StopBenchmark()) == [Ack()] * 2
    assert runner.server.markers == [(MarkerKind.SAMPLE_START, 5), (MarkerKind.SAMPLE_END, 6)]
    assert runner.notes.calls == ["disable", "enable", "enable", "disable", "disable"]
    assert runner.server.warnings == [
        "a benchmark was stopped although none ran",
        "a benchmark was started while another one ran",
        "a benchmark was stopped although none ran",
    ]


def test_client_that_does_not_wait_for_its_start(tmp_path: Path) -> None:
    """What it allocated before the window opened is not counted: its number would be wrong."""
    with runner_fifos(str(tmp_path)) as fifos:
        runner = Runner(fifos, IntegrationMode.ANALYSIS)
        assert runner.at(0, StartBenchmark()) == runner.at(1, StopBenchmark()) == [Ack()]
        assert runner.server.failure is None
        assert runner.at(2, StartBenchmark(), StopBenchmark()) == [Ack()]
        assert "a benchmark began before it was measured" in str(runner.server.failure)
        assert runner.notes.calls == ["enable", "disable", "enable"]


@pytest.mark.parametrize(
    "command", [Ack(), Err(), IntegrationModeResponse(IntegrationMode.SIMULATION)]
)
def test_what_only_a_runner_writes(runner: Runner, command: Command) -> None:
    assert runner.at(0, command) == [Err()]
    name = type(command).__name__
    assert runner.server.warnings == [f"a client sent what only a runner may send: {name}"]
    assert runner.server.failure is None


def test_ping(runner: Runner) -> None:
    assert runner.at(0, PingPerf()) == [Ack()]
    runner.notes.broken = True
    assert runner.at(0, PingPerf()) == [Err()]
    assert runner.server.failure is None
    assert runner.server.markers == []


@pytest.mark.parametrize("command", [StartBenchmark(), StopBenchmark()])
def test_profiler_that_does_not_answer_aborts(runner: Runner, command: Command) -> None:
    runner.notes.broken = True
    assert runner.at(0, command, GetIntegrationMode()) == []
    assert str(runner.server.failure) == "perf does not answer"
    assert runner.server.markers == []
    # Nothing more is answered.
    assert runner.at(1, GetIntegrationMode()) == []


def test_last_integration_wins(runner: Runner) -> None:
    runner.at(0, SetIntegration("a", "1"), SetIntegration("b", "2"))
    assert runner.server.integration == ("b", "2")


def test_protocol_versions(runner: Runner) -> None:
    assert runner.at(0, SetVersion(1), SetVersion(2)) == [Ack(), Ack()]
    assert runner.server.failure is None


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (0, ["integration is too old", "version 0 of the FIFO", "please update the integration"]),
        (3, ["runner is too old", "version 3 of the FIFO", "please update the runner"]),
        ((1 << 64) - 1, ["runner is too old", "please update the runner"]),
    ],
)
def test_protocol_version_that_aborts(runner: Runner, version: int, words: list[str]) -> None:
    assert runner.at(0, SetVersion(version)) == []
    text = str(runner.server.failure)
    assert all(word in text for word in [*words, "Expected: version 1 to 2"])


def test_several_processes(runner: Runner) -> None:
    for pid, now in ((7, 10), (9, 20), (7, 30)):
        runner.at(now, StartBenchmark())
        runner.at(now + 5, StopBenchmark(), CurrentBenchmark(pid, f"bench {now}"))
    assert runner.server.bench_pids == {7, 9}
    assert runner.server.uri_by_ts == [(15, "bench 10"), (25, "bench 20"), (35, "bench 30")]


def test_each_byte_alone(runner: Runner) -> None:
    frame = encode(CurrentBenchmark(3, "slow"))
    answers = [runner.answers(bytes([byte])) for byte in frame]
    assert answers == [[]] * (len(frame) - 1) + [[Ack()]]


def test_garbled_frame_has_no_answer(runner: Runner) -> None:
    frame = struct.pack("<II", 4, 99)
    assert runner.answers(frame + encode(StartBenchmark())) == [Ack()]
    assert runner.server.warnings == [
        "a client wrote something that is not a command: no command has the index 99"
    ]


def test_client_that_dies_inside_a_frame(runner: Runner) -> None:
    frame = encode(CurrentBenchmark(3, "dead"))
    assert runner.answers(frame[:4]) == []
    runner.now = SECOND
    assert runner.answers(encode(StartBenchmark())) == [Ack()]
    assert runner.server.warnings == ["a client stopped inside a command, after 4 bytes"]


def test_oversized_frame(runner: Runner) -> None:
    assert runner.answers(struct.pack("<I", 9 << 20) + b"u" * 1000) == []
    runner.now = SECOND
    assert runner.answers(encode(StartBenchmark())) == [Ack()]
    assert runner.server.warnings == [
        f"a client wrote a command of {9 << 20} bytes, which is too long",
        "a client stopped inside a command, after 1000 bytes",
    ]


def test_full_answer_pipe_does_not_block(runner: Runner) -> None:
    fill(runner.fifos.ack)
    os.write(runner.fifos.ctl, encode(StartBenchmark()) + encode(StopBenchmark()))
    runner.server.handle()
    assert runner.server.warnings == ["clients do not read the answers; one was dropped"] * 2
    assert len(runner.server.markers) == 2


def test_client_that_never_stops_writing(runner: Runner) -> None:
    """One call takes a bounded part of it, and warnings do not pile up."""
    block = struct.pack("<I", 0) * 16384
    for _ in range(3):
        runner.answers(block)
    assert len(runner.server.warnings) == 100


def test_names_of_benchmarks_are_bounded(runner: Runner) -> None:
    frame = encode(CurrentBenchmark(1, "u" * (1 << 20)))
    stream = frame * 70
    for i in range(0, len(stream), 1 << 16):
        if not runner.server.failure:
            runner.answers(stream[i : i + (1 << 16)])
    text = str(runner.server.failure)
    assert "the benchmark sent too many names of benchmarks" in text
    assert sum(len(uri) for _, uri in runner.server.uri_by_ts) <= 64 << 20


@given(st.lists(st.tuples(st.binary(max_size=50), st.integers(0, SECOND)), max_size=8))
@settings(max_examples=150)
def test_any_bytes(blocks: list[tuple[bytes, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as runner:
        for data, pause in blocks:
            runner.now += pause
            if data:
                runner.answers(data)
        runner.now += SECOND
        answers = runner.answers(encode(GetIntegrationMode()))
        if not runner.server.failure:
            assert answers[-1] == IntegrationModeResponse(IntegrationMode.WALLTIME)
