"""Suites of JMH on the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.java.simulated_test import COMMA, GROUP, MEASURED, THREW
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


@pytest.fixture
def target(make_timed: Make, suite: Path) -> Make:
    """Makes targets of the suite's jar, which the JVM of this machine runs."""

    def make(*args: str, **walltime_args: str) -> TimedTarget:
        made = make_timed(args=list(args), framework="auto", walltime_args=walltime_args)
        made.stage("_main/pkg/program", suite)
        return made

    return make


def test_iterations_of_all_forks_are_rounds(target: Make) -> None:
    options = ["-f", "2", "-wi", "1"]
    timed = target("-e", "exits", *options, min_time="20ms", max_rounds="2").time().succeeded()
    expected = [*(f"{GROUP}{name}" for name in MEASURED), f"{GROUP}{COMMA}"]
    assert sorted(timed.benchmarks()) == sorted(expected)
    assert timed.unmeasured == {f"{GROUP}throwing": ("failed", THREW)}
    for uri, found in timed.benchmarks().items():
        times = timed.rounds()[uri]
        assert len(times) == found["rounds"] == 4
        assert found["median_ns"] == pytest.approx(statistics.median(times))
        assert min(times) > 0
    assert timed.run["framework"] == timed.provenance["framework"] == "jmh"
    assert "Server VM, " in timed.provenance["interpreter"]


def test_one_that_throws_or_ends_the_program(target: Make) -> None:
    timed = target("exits|maps", "-f", "0", "-wi", "0", min_time="1ms").time().failed()
    assert "measured nothing" in timed
    assert "the program ended before it came to its end" in timed


def test_none_is_chosen(target: Make) -> None:
    assert "No matching benchmarks" in target("nothing").time().failed()
