"""Several runs of one program, and what happens where perf cannot record."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from rules_codspeed.harvest.raw_run import read_raw_run
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]

URI = "pkg/b.c::varies"


def test_lower_median_is_kept(hooks_timed: Make, recording: None) -> None:
    # Each run is several times faster than the one before: the third of four is kept.
    ended = hooks_timed("once-faster", processes=4).time().succeeded()
    medians = [ended.benchmarks(number)[URI]["median_ns"] for number in range(4)]
    assert medians == sorted(medians, reverse=True)
    assert ended.walltime["chosen"] == 2
    assert ended.provenance["walltime"]["processes"] == 4
    (results,) = [name for name in ended.files if name.startswith("results/")]
    kept = (ended.folder / "raw" / results).read_text()
    assert str(medians[2]) in kept
    assert all(len(ended.rounds(number)[URI]) == 5 for number in range(4))
    assert "# //pkg:bench (process 2 of 4)\n" in ended.log


def test_one_recording_is_kept(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("once-faster", processes=3).time().succeeded()
    assert [name for name in ended.files if "perf" in name] == ["perf.pipedata"]
    run = ended.run
    kept = ended.walltime["processes"][ended.walltime["chosen"]]["results"][0]
    assert run["bench_pids"] == [kept["creator"]["pid"]]
    assert read_raw_run(ended.folder / "raw").profiled


def test_the_failing_run_is_named(hooks_timed: Make) -> None:
    text = hooks_timed("measure", "fail-later", processes=3).time().failed()
    assert "//pkg:bench (process 2 of 3) ended with exit status 4" in text


def unprofiled(ended_stderr: str) -> str:
    """The line that states why there is no profile."""
    (line,) = [one for one in ended_stderr.splitlines() if "without a profile" in one]
    assert line.startswith("rules_codspeed: //pkg:bench is measured without a profile: ")
    return line


def test_profiler_is_off(hooks_timed: Make) -> None:
    ended = hooks_timed("measure", profiler="none").time().succeeded()
    assert "setting profiler" in unprofiled(ended.stderr)
    profiler = ended.provenance["walltime"]["profiler"]
    assert profiler["state"] == "off"
    assert profiler["event"] == profiler["version"] == ""
    assert profiler["arguments"] == ended.provenance["arguments"] == []
    assert "# measured without a profile (off)" in ended.log
    assert "perf.pipedata" not in ended.files
    run = ended.run
    assert run["profiled"] is False
    assert run["integration"] is None
    assert run["markers"] == run["uri_by_ts"] == run["bench_pids"] == []
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]
    assert not read_raw_run(ended.folder / "raw").profiled


def test_perf_is_missing(hooks_timed: Make) -> None:
    ended = hooks_timed("measure", perf={"path": "/nonexistent/perf", "minimum_version": ""})
    timed = ended.time().succeeded()
    line = unprofiled(timed.stderr)
    assert "/nonexistent/perf" in line
    assert timed.provenance["walltime"]["profiler"]["state"] == "missing"
    reason = timed.provenance["walltime"]["profiler"]["reason"]
    assert "install perf" in reason
    assert "/nonexistent" not in reason


def test_perf_is_too_old(hooks_timed: Make, tmp_path: Path) -> None:
    old = tmp_path / "perf"
    old.write_text("#!/bin/sh\necho perf version 4.9\n")
    old.chmod(0o755)
    target = hooks_timed("measure", perf={"path": str(old), "minimum_version": "5.10"})
    timed = target.time().succeeded()
    assert "version 4.9" in unprofiled(timed.stderr)
    assert timed.provenance["walltime"]["profiler"]["state"] == "missing"


def test_perf_is_forbidden(hooks_timed: Make, refuse: Path, recording: None) -> None:
    timed = hooks_timed("measure").time(prefix=[str(refuse), "perf_event_open"]).succeeded()
    line = unprofiled(timed.stderr)
    assert "perf may not record on this machine" in line
    profiler = timed.provenance["walltime"]["profiler"]
    assert profiler["state"] == "forbidden"
    assert "perf_event_paranoid" in profiler["reason"]
    assert profiler["version"]
    assert list(timed.benchmarks()) == ["pkg/b.c::work"]


def test_stale_fifo_costs_nothing(hooks_timed: Make) -> None:
    for name in ("ctl", "ack"):
        path = Path(f"/tmp/runner.{name}.fifo")
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    ended = hooks_timed("measure", profiler="none").time().succeeded()
    assert "# ended with exit status 0 after 0." in ended.log
    assert not Path("/tmp/runner.ctl.fifo").exists()
