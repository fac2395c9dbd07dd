"""The order in which the results of a local run are shown."""

from __future__ import annotations

import io
from typing import Any

from rules_codspeed.publish.ci.log import make_logger
from rules_codspeed.publish.service.local_results import show_results
from rules_codspeed.publish.service.local_run import LocalRun
from tests.publish.local_runs import run, simulated, timed


def shown(document: Any, *, emit: bool = False) -> tuple[list[str], list[str]]:
    """Returns what a person reads and the events."""
    events: list[str] = []
    stderr = io.StringIO()
    log = make_logger("LOCAL", {}, io.StringIO(), stderr)
    show_results(
        LocalRun.model_validate(document),
        "65f0c0ffee",
        log,
        terminal=False,
        emit=events.append if emit else None,
    )
    return stderr.getvalue().splitlines(), events


def test_one_result() -> None:
    lines, events = shown(run(simulated("a::b", 1.5e-3, None)))
    assert lines == [
        "",
        "►►► Benchmark results ",
        "Benchmark results...",
        "a::b: 1.50 ms",
        "",
        "",
        "View full report: https://codspeed.io/o/r/runs/65f0c0ffee",
    ]
    assert events == []


def test_events_are_for_programs() -> None:
    _, events = shown(run(simulated("a", 0.001234, None), timed("b", 3, None)), emit=True)
    assert events == [
        '{"event": "run_finished", "run_id": "65f0c0ffee"}',
        '{"event": "benchmark_ran", "name": "a", "time": "0.001234"}',
        '{"event": "benchmark_ran", "name": "b", "time": "3"}',
    ]


def test_no_results() -> None:
    lines, events = shown(run(), emit=True)
    assert lines == [
        "No benchmarks were found in the run. Make sure your command runs benchmarks that are "
        "instrumented with a CodSpeed integration."
    ]
    assert events == ['{"event": "run_finished", "run_id": "65f0c0ffee"}']


def test_benchmarks_without_a_call_graph() -> None:
    failed = {**simulated("bad\n", 1, None), "issues": {"callgraphGenerationFailure": ""}}
    fine = {**simulated("fine", 1, None), "issues": {"callgraphGenerationFailure": None}}
    lines, _ = shown(run(failed, fine))
    start = lines.index("We were unable to generate profiling data for the following benchmarks:")
    assert lines[start + 1 : start + 3] == ["  - bad\\n", ""]
