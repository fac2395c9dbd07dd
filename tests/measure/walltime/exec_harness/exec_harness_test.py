"""The program exec_harness: real commands, with and without a runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.fifo.protocol import MarkerKind
from rules_codspeed.measure.walltime.exec_harness import main as exec_harness
from rules_codspeed.measure.walltime.exec_harness.program import read_benchmarks, run_file, run_once
from rules_codspeed.measure.walltime.rounds.validate import ResultsFile, read_results
from tests.measure.walltime.running import Notes, running

QUICK = {"warmup_time": "0", "max_rounds": 3}
TRUE = shutil.which("true") or "true"
SHELL = shutil.which("sh") or "sh"


def file_of(folder: Path, *benchmarks: Any, version: str = "1.3.0") -> str:
    path = folder / "benchmarks.json"
    path.write_text(json.dumps({"version": version, "benchmarks": benchmarks}))
    return str(path)


def entry(*command: str, name: str = "//a:b", **arguments: Any) -> dict[str, Any]:
    return {"command": command, "name": name, "walltime_args": arguments or QUICK}


def staged(folder: Path) -> Path:
    """Copies what the program needs, as the driver does."""
    for path, source in exec_harness.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / path)
    return folder / exec_harness.MAIN


def results(profile: Path) -> list[ResultsFile]:
    with UntrustedFolder(str(profile)) as folder:
        return read_results(folder)


def test_as_a_program(tmp_path: Path) -> None:
    """From a copy of its files alone, as perf records it, without a runner."""
    (tmp_path / "profile").mkdir()
    main = staged(tmp_path / "driver")
    options = tmp_path / "options"
    script = f'echo "$NODE_OPTIONS" >> {options}; trap "" PIPE; kill -PIPE $$'
    file = file_of(tmp_path, entry(SHELL, "-c", script), entry(TRUE, name="c"))
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(main), file],
        env={"CODSPEED_PROFILE_FOLDER": str(tmp_path / "profile"), "NODE_OPTIONS": "--x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == "exec-harness: measuring //a:b\nexec-harness: measuring c\n"
    assert options.read_text() == "--x --perf-basic-prof\n" * 3
    (found,) = results(tmp_path / "profile")
    creator = found.document["creator"]
    assert (creator["name"], creator["version"]) == ("exec-harness", "1.3.0")
    assert found.name == f"{creator['pid']}.json"
    first, second = found.document["benchmarks"]
    assert (first["name"], first["uri"]) == ("//a:b", "exec_harness:://a:b")
    assert second["uri"] == "exec_harness::c"
    assert set(first["config"].values()) == {None}
    stats = first["stats"]
    assert (stats["rounds"], stats["iter_per_round"], stats["warmup_iters"]) == (3, 1, 0)
    assert 0 < stats["min_ns"] <= stats["median_ns"] <= stats["max_ns"]
    rounds = json.loads((tmp_path / f"profile/rounds-{creator['pid']}.json").read_text())
    assert list(rounds) == ["exec_harness:://a:b", "exec_harness::c"]
    times = rounds["exec_harness:://a:b"]
    assert (len(times), min(times), max(times)) == (3, stats["min_ns"], stats["max_ns"])
    assert stats["total_time"] == sum(times) / 1e9
    # Nothing was compiled beside it.
    assert not list((tmp_path / "driver").rglob("*.pyc"))


def test_with_a_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODSPEED_PROFILE_FOLDER", str(tmp_path))
    notes = Notes()
    with running(tmp_path, notes) as server:
        run_file(file_of(tmp_path, entry(TRUE), entry(TRUE, name="c")), str(tmp_path))
    assert server.integration == ("exec-harness", "1.3.0")
    assert server.bench_pids == {os.getpid()}
    assert [uri for _, uri in server.uri_by_ts] == ["exec_harness:://a:b", "exec_harness::c"]
    assert notes.calls == ["enable", "disable"] * 2
    assert (server.warnings, server.failure) == ([], None)
    pairs = [MarkerKind.BENCHMARK_START, MarkerKind.BENCHMARK_END] * 3
    window = [MarkerKind.SAMPLE_START, *pairs, MarkerKind.SAMPLE_END]
    markers = server.markers
    assert [kind for kind, _ in markers] == window * 2
    times = [at for _, at in markers]
    assert times == sorted(times)
    (rounds,) = [json.loads(path.read_text()) for path in tmp_path.glob("rounds-*.json")]
    marked = [end - start for start, end in zip(times[1:7:2], times[2:7:2], strict=True)]
    assert rounds["exec_harness:://a:b"] == marked
    assert server.uri_by_ts[0].at >= times[7]


def test_runner_that_fails(tmp_path: Path) -> None:
    file = file_of(tmp_path, entry(TRUE))
    with (
        running(tmp_path, Notes(broken=True)) as server,
        pytest.raises(CodSpeedError, match="the runner did not start a benchmark"),
    ):
        run_file(file, str(tmp_path), timeout_s=0.1)
    assert str(server.failure) == "perf does not answer"
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["{sh}", "-c", "exit 7"], "sh -c 'exit 7'. Got: exit status 7. Expected: exit status 0"),
        (["{sh}", "-c", "kill -9 $$"], "Got: killed by signal 9."),
        (["/nonexistent/program"], "cannot be started: /nonexistent/program. Got: No such file"),
        (["{data}"], "Got: Permission denied. Expected: an executable file"),
    ],
)
def test_command_that_fails(tmp_path: Path, command: list[str], words: str) -> None:
    data = tmp_path / "data"
    data.touch()
    command = [word.format(sh=SHELL, data=data) for word in command]
    ended = subprocess.run(
        [sys.executable, exec_harness.__file__, file_of(tmp_path, entry(*command))],
        env={"CODSPEED_PROFILE_FOLDER": str(tmp_path / "profile")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "exec-harness: the command of the benchmark " in ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "profile").exists()


def test_round_is_the_time_of_the_command() -> None:
    start, end = run_once((SHELL, "-c", "sleep 0.5"), dict(os.environ))
    # On a busy machine its start is noticed late.
    assert end - start > 200_000_000


def test_program_is_looked_for_in_path() -> None:
    assert run_once(("true",), {}).duration > 0


def test_older_version_leaves_node_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODSPEED_PROFILE_FOLDER", str(tmp_path))
    monkeypatch.setenv("NODE_OPTIONS", "--x")
    command = entry(SHELL, "-c", 'test "$NODE_OPTIONS" = --x')
    run_file(file_of(tmp_path, command, version="1.2.0"), str(tmp_path))
    assert results(tmp_path)[0].document["creator"]["version"] == "1.2.0"


def test_names(tmp_path: Path) -> None:
    long = "é" * 500
    file = file_of(
        tmp_path, {"command": ["a", "b c"]}, entry("a", name=long), entry("a", name="x" * 925)
    )
    unnamed, cut, longest = read_benchmarks(file)[1]
    assert (unnamed.name, unnamed.uri) == ("a b c", "exec_harness::a b c")
    assert (cut.name, cut.uri) == ("é" * 462, f"exec_harness::{long}")
    assert (len(longest.name), len(longest.uri)) == (924, 939)


@pytest.mark.parametrize(
    ("document", "got"),
    [
        ([], "TypeError"),
        ({"benchmarks": []}, "KeyError 'version'"),
        ({"version": "1.3.0", "benchmarks": []}, "no version, or no list of benchmarks"),
        ({"version": 1, "benchmarks": [entry("a")]}, "no version, or no list of benchmarks"),
        ({"version": "1", "benchmarks": [{}]}, "KeyError 'command'"),
        (
            {"version": "1", "benchmarks": [{"command": []}]},
            "a command that is not a list of texts",
        ),
        ({"version": "1", "benchmarks": [{"command": ["a", 1]}]}, "a command that is not a list"),
        ({"version": "1", "benchmarks": [{"command": ["a\0"]}]}, "a command that is not a list"),
        (
            {"version": "1", "benchmarks": [{"command": ["a"], "name": 1}]},
            "a name that is not a text",
        ),
        ({"version": "1", "benchmarks": [{"command": ["a"], "walltime_args": [1]}]}, "items"),
        ({"version": "1", "benchmarks": ["a"]}, "TypeError"),
    ],
)
def test_file_of_another_shape(tmp_path: Path, document: Any, got: str) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps(document))
    with pytest.raises(CodSpeedError) as caught:
        read_benchmarks(str(path))
    assert f"the file {path} does not state what to measure. Got: " in str(caught.value)
    assert got in str(caught.value)


def test_half_of_a_surrogate_pair(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text(json.dumps({"version": "1", "benchmarks": [{"command": ["\ud800"]}]}))
    with pytest.raises(CodSpeedError, match=r"benchmarks\[0\]\.command\[0\]: half of a "):
        read_benchmarks(str(path))
