"""The table of a suite."""

from __future__ import annotations

import io

from pytest_codspeed import BenchmarkFixture

from rules_codspeed.report.names import short_names
from rules_codspeed.report.table import print_table
from tests.benchmarks.python.profile_data import results

SUITE = results(24)


def test_table(benchmark: BenchmarkFixture) -> None:
    def render() -> str:
        output = io.StringIO()
        print_table("//:suite", SUITE, output, width=80)
        return output.getvalue()

    assert "24 benchmarks" in benchmark(render)


def test_short_names(benchmark: BenchmarkFixture) -> None:
    many = results(500).benchmarks
    assert len(set(benchmark(short_names, many))) == 500
