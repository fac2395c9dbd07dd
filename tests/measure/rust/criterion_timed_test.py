"""Suites of criterion itself on the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


@pytest.fixture
def target(make_timed: Make, rust_suites: dict[str, Path]) -> Make:
    """Makes targets of the suite, whose samples are short."""
    suite = rust_suites["criterion_suite"]

    def make(*args: str, how: str = "", **walltime_args: str) -> TimedTarget:
        limits = {"warmup_time": "10ms", "max_time": "20ms", "max_rounds": "10", **walltime_args}
        made = make_timed(args=list(args), framework="auto", walltime_args=limits, env={"HOW": how})
        made.stage("_main/pkg/program", suite)
        return made

    return make


def test_samples_are_rounds(target: Make) -> None:
    timed = target().time().succeeded()
    assert set(timed.benchmarks()) == {
        "pkg:bench::sort one",
        'pkg:bench::sizes "odd" é/sum/of/10',
        'pkg:bench::sizes "odd" é/sum/of/1000',
        "pkg:bench::prepared\\:\\:sum",
        "pkg:bench::custom",
        "pkg:bench::reads the clock",
        "pkg:bench::last",
    }
    assert timed.unmeasured == {}
    for uri, found in timed.benchmarks().items():
        times = timed.rounds()[uri]
        assert len(times) == found["rounds"] == 10
        assert found["median_ns"] == statistics.median(times) > 0
        assert found["stdev_ns"] == pytest.approx(statistics.stdev(times))
    assert timed.run["framework"] == timed.provenance["framework"] == "criterion"
    assert "criterion itself does not report when a benchmark runs" in timed.log


def test_one_that_panics(target: Make) -> None:
    assert "ended with exit status 101" in target(how="panics").time().failed()


def test_one_that_ends_the_program(target: Make) -> None:
    timed = target(how="exits").time().succeeded()
    assert set(timed.unmeasured) == {"pkg:bench::exits", "pkg:bench::last"}
    assert len(timed.benchmarks()) == 6


def test_a_name_that_the_list_cuts(target: Make) -> None:
    timed = target(how="long (name)" * 10).time().succeeded()
    assert "pkg:bench::" + "long (name)" * 10 in timed.benchmarks()
    assert timed.unmeasured == {}


def test_none_selected(target: Make) -> None:
    assert "measured nothing" in target("nothing-has-this-name").time().failed()


def test_options_that_it_has_not(target: Make) -> None:
    text = target(min_time="1s").time().failed()
    assert "criterion has no min_time, which //pkg:bench sets" in text


def test_statistics_without_samples(make_timed: Make, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(
        '#!/bin/sh\nmkdir -p "$CRITERION_HOME/a/new"\ncd "$CRITERION_HOME/a/new"\n'
        """echo '{"full_id": "a"}' > benchmark.json\none='{"point_estimate": 3}'\n"""
        """echo "{\\"mean\\": $one, \\"median\\": $one, \\"std_dev\\": $one}" > estimates.json\n"""
    )
    script.chmod(0o755)
    made = make_timed(framework="criterion")
    made.stage("_main/pkg/program", script)
    text = made.time().failed()
    assert "Got: no rounds in criterion/a/new/estimates.json" in text
