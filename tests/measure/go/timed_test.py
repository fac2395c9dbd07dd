"""Suites of Go on the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.go.simulated_test import GROUP, MEASURED, SKIPPED
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


@pytest.fixture
def target(make_timed: Make, suite: Path) -> Make:
    """Makes targets of the suite, whose rounds are short."""

    def make(*args: str, how: str = "", **walltime_args: str) -> TimedTarget:
        limits = {"min_time": "1ms", "max_rounds": "3", **walltime_args}
        env = {"HOW": how} if how else {}
        made = make_timed(args=list(args), framework="auto", walltime_args=limits, env=env)
        made.stage("_main/pkg/program", suite)
        return made

    return make


def test_counts_are_rounds(target: Make) -> None:
    timed = target().time().succeeded()
    assert list(timed.benchmarks()) == [f"{GROUP}{name}" for name in MEASURED]
    assert timed.unmeasured == SKIPPED
    for uri, found in timed.benchmarks().items():
        times = timed.rounds()[uri]
        assert len(times) == found["rounds"] == 3
        assert found["median_ns"] == statistics.median(times) > 0
        assert found["stdev_ns"] == pytest.approx(statistics.stdev(times))
    assert timed.run["framework"] == timed.provenance["framework"] == "go"
    # As printed.
    line = next(
        one for one in timed.log.splitlines() if one.startswith("BenchmarkLast") and "ns/op" in one
    )
    assert float(line.split()[2]) == timed.rounds()[f"{GROUP}Last"][0]


@pytest.mark.parametrize("how", ["fatal", "error"])
def test_one_that_fails(target: Make, how: str) -> None:
    timed = target("-test.bench=Bad|Last", how=how).time().succeeded()
    assert {uri: outcome for uri, (outcome, _) in timed.unmeasured.items()} == {
        f"{GROUP}Bad": "failed"
    }
    assert list(timed.benchmarks()) == [f"{GROUP}Last"]


def test_one_that_ends_the_program(target: Make) -> None:
    assert "panic: at the disco" in target(how="panic").time().failed()
    timed = target("-test.bench=Fib|Bad|Last", how="ends").time("ends").succeeded()
    assert set(timed.unmeasured) == {f"{GROUP}Bad"}
    assert len(timed.benchmarks()) == 2


def test_options(target: Make) -> None:
    assert (
        "Go has no warmup_time, which //pkg:bench sets" in target(warmup_time="1s").time().failed()
    )
    text = target("-test.cpu=1,2").time("processors").failed()
    assert "would have several numbers" in text
    assert "measured nothing" in target("-test.bench=nothing").time("none").failed()
