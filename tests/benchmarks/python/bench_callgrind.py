"""The callgrind reader on profiles of about 200 kB, in memory."""

from __future__ import annotations

import io

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.results.callgrind.reader import CallgrindError, read_parts
from tests.benchmarks.python.profile_data import profile

PLAIN = profile(parts=1, functions=560)
COMPRESSED = profile(parts=1, functions=560, compress_names=True)
MANY_PARTS = profile(parts=80, functions=6)


def parts_of(text: bytes) -> int:
    return sum(1 for _ in read_parts(io.BytesIO(text), "benchmark.out"))


def test_read_plain_names(benchmark: BenchmarkFixture) -> None:
    assert benchmark(parts_of, PLAIN) == 1


def test_read_compressed_names(benchmark: BenchmarkFixture) -> None:
    assert benchmark(parts_of, COMPRESSED) == 1


def test_read_many_parts(benchmark: BenchmarkFixture) -> None:
    assert benchmark(parts_of, MANY_PARTS) == 80


def test_read_line_by_line_to_an_error(benchmark: BenchmarkFixture) -> None:
    """A damaged file: the bulk shortcut gives up, and the place is searched for."""
    damaged = PLAIN[: len(PLAIN) // 4] + b"\n?\n" + b"totals: 0\n"

    def read() -> int:
        with pytest.raises(CallgrindError) as caught:
            parts_of(damaged)
        return caught.value.line

    assert benchmark(read) > 100
