"""Whole programs, run repeatedly by our exec-harness under real perf."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rules_codspeed.harvest.raw_run import read_raw_run
from tests.measure.target import STAGE
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]

URI = "exec_harness::pkg:bench"


def test_whole_program(exec_timed: Make, recording: None) -> None:
    ended = exec_timed("arg with blank").time().succeeded()
    stats = ended.benchmarks()
    assert list(stats) == [URI]
    assert stats[URI]["rounds"] == 3
    assert len(ended.rounds()[URI]) == 3
    assert ended.log.count("about to: arg with blank") == 3
    run = ended.run
    assert run["integration"] == ["exec-harness", "1.3.0"]
    assert [uri for _, uri in run["uri_by_ts"]] == [URI]
    pairs = ["BenchmarkStart", "BenchmarkEnd"] * 3
    assert [name for name, _ in run["markers"]] == ["SampleStart", *pairs, "SampleEnd"]
    assert f"{STAGE}/w/_main/pkg/program" in run["objects"]
    assert read_raw_run(ended.folder / "raw").profiled
    # The target's program is reported, not what runs it.
    assert ended.provenance["command"] == ["pkg/program", "arg with blank"]


def test_without_perf(exec_timed: Make) -> None:
    ended = exec_timed(profiler="none").time().succeeded()
    assert ended.benchmarks()[URI]["rounds"] == 3
    assert len(ended.rounds()[URI]) == 3
    assert ended.run["integration"] is None
    assert ended.provenance["walltime"]["integration"] == ["exec-harness", "1.3.0"]


def test_older_runner(exec_timed: Make) -> None:
    ended = exec_timed("print-environment", runner_version="4.11.0").time().succeeded()
    assert ended.provenance["walltime"]["integration"] == ["exec-harness", "1.2.0"]
    assert "--perf-basic-prof" not in ended.log


def test_node_writes_maps(exec_timed: Make) -> None:
    target = exec_timed("print-environment", env={"NODE_OPTIONS": "--no-warnings"})
    assert "NODE_OPTIONS=--no-warnings --perf-basic-prof\n" in target.time().succeeded().log


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"max_time": "soon"}, "max_time among the walltime_args of //pkg:bench cannot be used"),
        ({"max_rounds": "many"}, "max_rounds among the walltime_args of //pkg:bench"),
        ({"min_rounds": "9", "max_rounds": "3"}, "min_rounds cannot be greater than max_rounds"),
    ],
)
def test_limits_that_cannot_be_used(exec_timed: Make, limits: dict[str, str], message: str) -> None:
    assert message in exec_timed(walltime_args=limits).time().failed()


def test_program_that_fails(exec_timed: Make) -> None:
    text = exec_timed("fail").time().failed()
    assert "//pkg:bench ended with exit status 1" in text
    assert "the command of the benchmark failed" in text
    assert "exit status 3" in text
    assert f"command: {STAGE}/w/_main/pkg/program fail" in text


def test_program_that_crashes(exec_timed: Make) -> None:
    assert "killed by signal 11" in exec_timed("crash").time().failed()


def test_program_that_hangs(exec_timed: Make) -> None:
    text = exec_timed("hang", timeout_s=3).time().failed()
    assert "//pkg:bench did not end within 3 s (timeout_s) and was killed" in text
    assert "walltime_args" in text
