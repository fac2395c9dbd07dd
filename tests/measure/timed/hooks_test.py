"""Programs that talk to the runner themselves, measured by real perf."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rules_codspeed.harvest.raw_run import read_raw_run
from tests.measure.target import STAGE
from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]


def test_raw_run(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("measure", "measure-again", "environment").time().succeeded()
    run = ended.run
    (pid,) = run["bench_pids"]
    results = f"results/{pid}.json"
    assert ended.files == ["environment-77.json", "perf.pipedata", results, "run.json"]
    assert run["label"] == "//pkg:bench"
    assert run["framework"] == "hooks"
    assert run["runner_version"] == "5.0.2"
    assert run["integration"] == ["codspeed-cpp", "2.3.0"]
    assert run["profiled"] is True
    assert [uri for _, uri in run["uri_by_ts"]] == ["pkg/b.c::work", "pkg/b.c::again"]
    window = ["SampleStart", *(["BenchmarkStart", "BenchmarkEnd"] * 5), "SampleEnd"]
    assert [name for name, _ in run["markers"]] == window * 2
    times = [at for _, at in run["markers"]]
    assert times == sorted(times)
    program = f"{STAGE}/w/_main/pkg/program"
    assert run["objects"].keys() >= {program}
    copy = ended.folder / "raw" / run["objects"][program]
    assert copy.read_bytes()[:4] == b"\x7fELF"
    # Its reader, the harvest, accepts it.
    assert read_raw_run(ended.folder / "raw").profiled


def test_times(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("measure", "measure-again").time().succeeded()
    assert ended.walltime["schema"] == 1
    assert ended.walltime["chosen"] == 0
    stats, rounds = ended.benchmarks(), ended.rounds()
    assert list(stats) == list(rounds) == ["pkg/b.c::work", "pkg/b.c::again"]
    for uri, times in rounds.items():
        assert len(times) == stats[uri]["rounds"] == 5
        # The program stamped its markers, and computed its statistics, from the same clock.
        assert min(times) == stats[uri]["min_ns"]
        assert max(times) == stats[uri]["max_ns"]


def test_provenance(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("measure", host_key="lab").time().succeeded()
    found = ended.provenance
    assert found["mode"] == "walltime"
    assert found["simulator"] is None
    assert found["command"] == ["pkg/program", "measure"]
    assert found["host_key"] == "lab"
    assert found["debug_info"] is True
    assert found["aslr"] in ("off", "allowed")
    walltime = found["walltime"]
    assert walltime["runner_version"] == "5.0.2"
    assert walltime["integration"] == ["codspeed-cpp", "2.3.0"]
    assert walltime["processes"] == 1
    assert walltime["profiler"]["state"] == "recorded"
    assert walltime["profiler"]["event"]
    assert walltime["profiler"]["version"]
    arguments = walltime["profiler"]["arguments"]
    assert arguments == found["arguments"]
    assert arguments[0] == "record"
    assert "--call-graph=dwarf,8192" in arguments
    assert walltime["machine"]["cores"] >= 1
    assert walltime["machine"]["kernel"]
    text = (ended.folder / "provenance.json").read_text()
    for path in (str(STAGE), str(ended.folder), str(Path.home())):
        assert path not in text


def test_only_benchmarks_are_sampled(hooks_timed: Make, recording: None) -> None:
    """Only the size of the recording is known here: a sample has 8 kB of the stack."""
    short = hooks_timed("measure", folder="short").time().succeeded()
    long = hooks_timed("measure-long", folder="long").time().succeeded()
    sizes = [(one.folder / "raw/perf.pipedata").stat().st_size for one in (short, long)]
    assert 0 < sizes[0] < sizes[1]


def test_environment(hooks_timed: Make, recording: None) -> None:
    target = hooks_timed("measure", "print-environment", env={"MINE": "a b"}, unwinding="fp")
    ended = target.time().succeeded()
    variables = dict(line.split("=", 1) for line in ended.log.splitlines() if "=" in line)
    expected = {
        "CODSPEED_ENV": "runner",
        "CODSPEED_GO_SUPPRESS_PERF_UNWINDING_MODE_WARNING": "true",
        "CODSPEED_PROFILE_FOLDER": f"{STAGE}/profile",
        "CODSPEED_RUNNER_MODE": "walltime",
        "HOME": f"{STAGE}/home",
        "MINE": "a b",
        "PYTHON_PERF_JIT_SUPPORT": "1",
    }
    assert expected.items() <= variables.items()
    assert "-XX:+PreserveFramePointer" in variables["JAVA_TOOL_OPTIONS"]
    assert not variables.keys() & {"GLIBC_TUNABLES", "PYTHONMALLOC", "VALGRIND_LIB"}
    assert "--call-graph=fp" in ended.provenance["arguments"]


def test_older_runner(hooks_timed: Make) -> None:
    target = hooks_timed("measure", "print-environment", runner_version="4.11.0")
    ended = target.time().succeeded()
    assert "JAVA_TOOL_OPTIONS" not in ended.log
    assert ended.run["runner_version"] == "4.11.0"


def test_pinned_variable(hooks_timed: Make) -> None:
    text = hooks_timed("measure", env={"CODSPEED_RUNNER_MODE": "memory"}).time().failed()
    assert "sets the variable CODSPEED_RUNNER_MODE, which the measurement has to fix" in text


def test_path_of_the_stage_in_a_uri(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("measure-stage-path").time().succeeded()
    assert list(ended.benchmarks()) == ["pkg/b.c::staged"]
    assert list(ended.rounds()) == ["pkg/b.c::staged"]
    assert [uri for _, uri in ended.run["uri_by_ts"]] == ["pkg/b.c::staged"]
    written = next((ended.folder / "raw/results").iterdir()).read_text()
    assert '"uri": "pkg/b.c::staged"' in written


def test_forking_program(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("measure", "fork").time().succeeded()
    assert set(ended.benchmarks()) == {"pkg/b.c::work", "pkg/b.c::child"}
    assert len(ended.run["bench_pids"]) == 2
    assert len([name for name in ended.files if name.startswith("results/")]) == 2


def test_sample_end_is_missing(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("without-stop", "measure").time().succeeded()
    assert "SampleEnd" not in dict(ended.run["markers"])
    assert len(ended.rounds()["pkg/b.c::work"]) == 5


def test_rounds_without_markers_are_not_known(hooks_timed: Make) -> None:
    ended = hooks_timed("without-markers", "measure").time().succeeded()
    assert ended.benchmarks()["pkg/b.c::work"]["rounds"] == 5
    assert ended.rounds() == {}


def test_benchmark_that_was_not_named(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("without-name", "measure").time().succeeded()
    assert ended.run["uri_by_ts"] == []
    assert "# pkg/b.c::work has no samples: the program did not name it" in ended.log


def test_results_of_rust(hooks_timed: Make) -> None:
    ended = hooks_timed("measure", "rust").time().succeeded()
    (document,) = ended.walltime["processes"][0]["results"]
    assert document["creator"]["name"] == "codspeed-rust"
    assert list(ended.benchmarks()) == ["pkg/b.c::work"]


def test_map_of_generated_code(hooks_timed: Make, recording: None) -> None:
    ended = hooks_timed("perf-map", "measure").time().succeeded()
    (pid,) = ended.run["bench_pids"]
    (path,) = ended.run["perf_maps"].values()
    assert (ended.folder / "raw" / path).read_text() == "1000 10 generated\n"
    assert not Path(f"/tmp/perf-{pid}.map").exists()


def test_measured_nothing_on_purpose(hooks_timed: Make) -> None:
    ended = hooks_timed(allow_empty=True).time().succeeded()
    assert ended.benchmarks() == {}
    assert ended.provenance["walltime"]["integration"] == []


def test_script_that_runs_the_program(
    hooks_timed: Make, timed_program: Path, recording: None
) -> None:
    """The runner chooses by the interpreter how call chains are found."""
    target = hooks_timed("measure")
    target.stage("_main/pkg/real", timed_program)
    script = "import os, sys\nos.execv('pkg/real', ['pkg/real', *sys.argv[1:]])\n"
    target.stage("_main/pkg/program", f"#!/usr/bin/python3\n{script}")
    Path(target.files["_main/pkg/program"]).chmod(0o755)
    ended = target.time().succeeded()
    assert "--call-graph=dwarf,32768" in ended.provenance["arguments"]
    assert ended.provenance["debug_info"] is None
