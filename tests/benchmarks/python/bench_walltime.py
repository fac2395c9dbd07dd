"""What measuring time costs: commands of clients, and statistics of many rounds."""

from __future__ import annotations

import random

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.measure.fifo.frames import Decoder
from rules_codspeed.measure.fifo.protocol import (
    AddMarker,
    Command,
    CurrentBenchmark,
    Marker,
    MarkerKind,
    StartBenchmark,
    StopBenchmark,
    encode,
)
from rules_codspeed.measure.walltime.rounds.round_statistics import (
    CPP,
    EXEC_HARNESS,
    PYTEST,
    RUST,
    Method,
    statistics_of,
)

ROUNDS = 10_000
METHODS = {"exec_harness": EXEC_HARNESS, "pytest": PYTEST, "cpp": CPP, "rust": RUST}


def conversation() -> list[Command]:
    """Returns what a client with many rounds sends."""
    pairs = [
        AddMarker(4242, Marker(kind, 1_000_000 + 100 * i + kind))
        for i in range(ROUNDS // 2)
        for kind in (MarkerKind.BENCHMARK_START, MarkerKind.BENCHMARK_END)
    ]
    return [StartBenchmark(), *pairs, StopBenchmark(), CurrentBenchmark(4242, "pkg/b.cc::sort")]


COMMANDS = conversation()
STREAM = b"".join(map(encode, COMMANDS))
TIMES = random.Random(0).choices(range(900_000, 1_100_000), k=ROUNDS)


def test_decode(benchmark: BenchmarkFixture) -> None:
    """In blocks of what a pipe holds, which cut frames."""

    def decode() -> int:
        decoder = Decoder()
        blocks = (STREAM[i : i + 65536] for i in range(0, len(STREAM), 65536))
        return sum(len(decoder.feed(block)) for block in blocks)

    assert benchmark(decode) == ROUNDS + 3


def test_encode(benchmark: BenchmarkFixture) -> None:
    assert benchmark(lambda: sum(len(encode(command)) for command in COMMANDS)) == len(STREAM)


@pytest.mark.parametrize("name", METHODS)
def test_statistics(benchmark: BenchmarkFixture, name: str) -> None:
    method: Method = METHODS[name]
    iterations = [10] * ROUNDS
    assert benchmark(lambda: statistics_of(method, TIMES, iterations)).rounds == ROUNDS
