"""From profile to results document: metrics, summarizer, model."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.results.model import merge
from rules_codspeed.results.readers.simulation import summarize
from rules_codspeed.results.schema import parse_results
from rules_codspeed.results.simulation_metrics import simulation_metrics
from tests.benchmarks.python.profile_data import profile, results
from tests.results.profiles import CACHE_EVENTS
from tests.results.provenance import PROVENANCE

SUITE = results(200)
DOCUMENT = SUITE.to_json()
TOTALS = (828825, 249402, 139215, 1308, 1093, 313, 941, 930, 260)


@pytest.fixture
def profile_folder(tmp_path: Path) -> Path:
    """The profile folder of a program with 40 benchmarks."""
    (tmp_path / "1.out").write_bytes(profile(parts=40, functions=8))
    return tmp_path


def test_metrics(benchmark: BenchmarkFixture) -> None:
    def derive() -> int:
        return sum(len(simulation_metrics(CACHE_EVENTS, TOTALS)) for _ in range(500))

    assert benchmark(derive) == 500 * 12


def test_summarize(benchmark: BenchmarkFixture, profile_folder: Path) -> None:
    assert len(benchmark(summarize, profile_folder, PROVENANCE).benchmarks) == 40


def test_write_json(benchmark: BenchmarkFixture) -> None:
    assert benchmark(SUITE.to_json) == DOCUMENT


def test_read_and_validate_json(benchmark: BenchmarkFixture) -> None:
    assert benchmark(parse_results, DOCUMENT) == SUITE


def test_merge(benchmark: BenchmarkFixture) -> None:
    parts = [results(10) for _ in range(400)]
    assert len(benchmark(merge, parts).benchmarks) == 4000
