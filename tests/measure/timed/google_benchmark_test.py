"""Suites of google_benchmark itself on the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


@pytest.fixture
def target(make_timed: Make, google_suite: Path) -> Make:
    """Makes targets of the suite, recognised by itself, whose repetitions are short."""

    def make(*args: str, **walltime_args: str) -> TimedTarget:
        limits = {"min_time": "1ms", "max_rounds": "3", **walltime_args}
        made = make_timed(args=list(args), framework="auto", walltime_args=limits)
        made.stage("_main/pkg/program", google_suite)
        return made

    return make


def test_repetitions_are_rounds(target: Make) -> None:
    timed = target("--benchmark_filter=Sort|Grow|threads|odd|Refused").time().succeeded()
    assert list(timed.benchmarks()) == [
        "pkg:bench::Sort/100",
        "pkg:bench::Sort/1000",
        'pkg:bench::ten / "odd" (1|2) ^é/iterations:10/repeats:3',
        "pkg:bench::Count/threads:2",
        "pkg:bench::Grow<std\\:\\:vector<int>>",
    ]
    assert timed.unmeasured == {"pkg:bench::Refused": ("failed", "SkipWithError: no 'data'")}
    for uri, found in timed.benchmarks().items():
        times = timed.rounds()[uri]
        assert len(times) == found["rounds"] == 3
        assert found["median_ns"] == statistics.median(times) > 0
        assert found["stdev_ns"] == pytest.approx(statistics.stdev(times))
    # In the unit of the benchmark, milliseconds, the file has these.
    assert 100 < timed.benchmarks()["pkg:bench::Sort/100"]["min_ns"] < 100_000_000
    assert timed.run["framework"] == timed.provenance["framework"] == "google_benchmark"
    assert "google_benchmark itself does not report when a benchmark runs" in timed.log


def test_one_that_fails_in_some_repetitions(target: Make) -> None:
    chosen = ("later", "--benchmark_filter=later|Last")
    # Statistics alone have neither rounds nor their least and greatest time.
    timed = target(*chosen, "--benchmark_report_aggregates_only").time().succeeded()
    assert list(timed.benchmarks()) == ["pkg:bench::Last/100"]
    assert len(timed.rounds()["pkg:bench::Last/100"]) == 3
    assert timed.unmeasured == {
        "pkg:bench::later/iterations:1": ("failed", "SkipWithError: no more")
    }


def test_a_name_that_two_have(target: Make) -> None:
    text = target("Count", "--benchmark_filter=^Count$").time().failed()
    assert "the benchmark 'Count' has 6 rows. Expected: 3" in text


def test_one_that_throws(target: Make) -> None:
    assert "SIGABRT" in target("throw", "--benchmark_filter=throw").time().failed()


def test_none_selected(target: Make) -> None:
    assert "measured nothing" in target("--benchmark_filter=^nothing$").time().failed()


def test_options_that_it_has_not(target: Make) -> None:
    text = target(warmup_time="1s").time().failed()
    assert "google_benchmark has no warmup_time, which //pkg:bench sets" in text
