"""The action's entry for walltime: walltime.json and provenance to results.json."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results import summarize as module
from rules_codspeed.results.model import Results
from rules_codspeed.results.readers.walltime import summarize_walltime
from rules_codspeed.results.readers.walltime_document import parse_walltime
from rules_codspeed.results.schema import parse_results
from rules_codspeed.results.summarize import main
from tests.results.accountings import write_accounting
from tests.results.provenance import provenance_json
from tests.results.walltime_documents import ZEROS, benchmark, document, run, walltime_json
from tests.results.walltime_provenance import (
    WALLTIME_PROVENANCE,
    walltime_provenance,
    walltime_provenance_json,
)

LOG = "what it printed is in its log: 'bazel build --output_groups=log //pkg:bench'."


def summarized(text: str, allow_empty: bool = False) -> Results:
    return summarize_walltime(parse_walltime(text), WALLTIME_PROVENANCE, allow_empty)


def refused(text: str, allow_empty: bool = False) -> str:
    with pytest.raises(CodSpeedError) as caught:
        summarized(text, allow_empty)
    message = str(caught.value)
    assert message.startswith("//pkg:bench ")
    assert message.endswith(LOG)
    assert "; the program was: w/_main/pkg/bench. Expected: " in message
    return message


def start(folder: Path, text: str, *options: str, record: str | None = None) -> tuple[int, Path]:
    """Runs the command line; returns its status and the output."""
    (folder / "walltime.json").write_text(text)
    (folder / "provenance.json").write_text(record or walltime_provenance_json())
    output = folder / "results.json"
    arguments = ["--mode", "walltime", "--measured", str(folder / "walltime.json")]
    arguments += ["--provenance", str(folder / "provenance.json"), "--output", str(output)]
    arguments += ["--accounting", str(write_accounting(folder))]
    return main([*arguments, *options]), output


def test_document(tmp_path: Path) -> None:
    rounds = {"a.py::x": [100.0, 200, 300.0, 400.0, 600.0]}
    text = walltime_json([run(document(benchmark("b::y"), benchmark("a.py::x")), rounds_ns=rounds)])
    status, output = start(tmp_path, text)
    assert status == 0
    written = json.loads(output.read_bytes())
    assert written["benchmarks"][0] == {
        "uri": "a.py::x",
        "label": "//pkg:bench",
        "mode": "walltime",
        "metrics": {
            "median_ns": 300.0,
            "mean_ns": 320.0,
            "stdev_ns": 192.35384061671346,
            "min_ns": 100.0,
            "max_ns": 600.0,
            "q1_ns": 150.0,
            "q3_ns": 500.0,
            "rounds": 5,
            "iterations": 10,
            "warmup_iterations": 12,
            "iqr_outliers": 2,
            "stdev_outliers": 1,
            "total_ns": 16000,
        },
        "rounds_ns": [[100.0, 200, 300.0, 400.0, 600.0]],
        "noise": {},
        "queries": [],
        "timeline": None,
    }
    assert written["benchmarks"][1]["uri"] == "b::y"
    assert written["benchmarks"][1]["rounds_ns"] == []
    read = parse_results(output.read_bytes())
    assert read.provenance == [WALLTIME_PROVENANCE]
    assert read == summarized(text)


def test_several_processes() -> None:
    runs = [
        run(document(benchmark("a::b", median_ns=median, rounds=10 + index)), rounds_ns=rounds)
        for index, (median, rounds) in enumerate(
            [(290.0, {"a::b": [1.0, 2.0]}), (300.0, {}), (310.0, {"a::b": [3.0]})]
        )
    ]
    (one,) = summarized(walltime_json(runs, chosen=1)).benchmarks
    assert (one.metrics["median_ns"], one.metrics["rounds"]) == (300.0, 11)
    assert one.metrics["processes"] == 3
    assert one.metrics["between_processes_ns"] == 10.0
    assert one.rounds_ns == [[1.0, 2.0], [], [3.0]]


def test_documents_of_several_processes_of_a_run() -> None:
    text = walltime_json(
        [run(document(benchmark("b"), pid=1), document(benchmark("a"), benchmark("c"), pid=2))]
    )
    assert [one.uri for one in summarized(text).benchmarks] == ["a", "b", "c"]


@pytest.mark.parametrize("allow_empty", [False, True])
def test_uri_twice(allow_empty: bool) -> None:
    documents = [document(benchmark("a::b"), pid=7), document(benchmark("a::b"), pid=8)]
    message = refused(walltime_json([run(*documents)]), allow_empty)
    assert "measures 'a::b' twice" in message
    assert "processes[0].results[0] of my-harness 1.2.3, process 7: benchmarks[0]" in message
    assert "processes[0].results[1] of my-harness 1.2.3, process 8: benchmarks[0]" in message
    # The same benchmark in each process is correct.
    assert summarized(walltime_json([run(one) for one in documents])).benchmarks


@pytest.mark.parametrize("uri", ["", " \n"])
def test_benchmark_without_a_name(uri: str) -> None:
    message = refused(walltime_json([run(document(benchmark(uri)))]), allow_empty=True)
    assert f"reports a benchmark without a name. Got: the URI {uri!r} at processes[0]" in message


def test_processes_that_measured_other_benchmarks() -> None:
    first = run(document(*map(benchmark, ["a", "b", "c", "d", "e"])))
    second = run(document(*map(benchmark, ["e", "f"])))
    message = refused(walltime_json([first, first, second]))
    assert (
        "measures other benchmarks in each process. Got: process 3 of 3 did not measure 'a', 'b', "
        "'c' and 1 more; process 1 of 3 did not measure 'f'; the program was"
    ) in message
    assert "process 2 of 2 did not measure 'a'" in refused(
        walltime_json(
            [run(document(benchmark("a"), benchmark("b"))), run(document(benchmark("b")))]
        )
    )


def test_nothing_measured() -> None:
    for runs in ([run()], [run(), run()]):
        message = refused(walltime_json(runs))
        assert "measured nothing. Got: no file with results; " in message
        assert "allow_empty" in message
        assert summarized(walltime_json(runs), allow_empty=True).benchmarks == []


def test_empty_document() -> None:
    text = walltime_json([run(document(benchmark("a")), document(pid=9))])
    message = refused(text)
    assert (
        "wrote results without a benchmark. Got: processes[0].results[1] of my-harness 1.2.3, "
        "process 9, whose benchmarks are an empty list; "
    ) in message
    assert [one.uri for one in summarized(text, allow_empty=True).benchmarks] == ["a"]


@pytest.mark.parametrize("stats", [ZEROS, {"rounds": 0}])
def test_zeros_are_never_shown(stats: dict[str, Any]) -> None:
    text = walltime_json([run(document(benchmark("a", **stats), benchmark("b")))])
    message = refused(text)
    assert "took no time for 'a'. Got: no rounds, or times that are all zero, at " in message
    assert "SkipWithError" in message
    allowed = summarized(text, allow_empty=True)
    assert [one.uri for one in allowed.benchmarks] == ["b"]
    assert [(one.uri, one.reason) for one in allowed.unmeasured] == [("a", "it took no time")]


def test_zeros_in_one_process_only() -> None:
    runs = [run(document(benchmark("a"))), run(document(benchmark("a", **ZEROS)))]
    message = refused(walltime_json(runs), allow_empty=True)
    assert "process 2 of 2 did not measure 'a'" in message


@pytest.mark.parametrize(
    ("stats", "fault"),
    [
        ({"median_ns": "1"}, "stats.median_ns is '1', not a finite number; the program was: "),
        ({"max_ns": 1e300}, "stats.max_ns is 1e+300, not a time that a benchmark can take; "),
        ({"mean_ns": -1.0}, "stats.mean_ns is -1.0, not a time that a benchmark can take; "),
    ],
)
def test_damaged_document(tmp_path: Path, stats: dict[str, Any], fault: str) -> None:
    status, output = start(tmp_path, walltime_json([run(document(benchmark("a::b", **stats)))]))
    assert status == 0
    (failed,) = parse_results(output.read_bytes()).failed
    message = failed.reason
    assert message.startswith(
        f"//pkg:bench left results that cannot be read. Got: {tmp_path}/walltime."
        "json: processes[0].results[0] of my-harness 1.2.3, process 12345: benchmarks[0] ('a::b')."
    )
    assert fault in message
    assert "\n" not in message
    assert "Fix: update the integration" in message


def test_provenance_of_another_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = walltime_json([run(document(benchmark("a")))])
    assert start(tmp_path, text, record=provenance_json())[0] == 1
    assert (
        "provenance.json: field mode is 'simulation', not one of walltime"
        in capsys.readouterr().err
    )
    assert start(tmp_path, text, record="{")[0] == 1
    assert "no provenance. Got: " in capsys.readouterr().err


def test_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "provenance.json").write_text(walltime_provenance_json())
    record = str(tmp_path / "provenance.json")
    assert (
        main(
            [
                "--mode",
                "walltime",
                "--measured",
                "nowhere.json",
                "--provenance",
                record,
                "--accounting",
                str(write_accounting(tmp_path)),
                "--output",
                "x",
            ]
        )
        == 1
    )
    assert "nowhere.json" in capsys.readouterr().err


def test_options(tmp_path: Path) -> None:
    status, output = start(tmp_path, walltime_json([run()]), "--allow-empty")
    assert status == 0
    assert parse_results(output.read_bytes()).benchmarks == []


def test_long_commands_are_cut() -> None:
    record = walltime_provenance(command=["x" * 1000])
    with pytest.raises(CodSpeedError, match=r"xxx [.]{4} Expected"):
        summarize_walltime(parse_walltime(walltime_json([run()])), record)


def test_runs_isolated_and_through_a_link(tmp_path: Path) -> None:
    """As the rule starts it: no import path, files that are links into another tree."""
    assert module.__file__
    package = Path(module.__file__).parents[1]
    for source in [
        *package.glob("*.py"),
        *package.glob("contract/**/*.py"),
        *package.glob("results/**/*.py"),
    ]:
        link = tmp_path / "sandbox" / "rules_codspeed" / source.relative_to(package)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
    (tmp_path / "walltime.json").write_text(walltime_json([run(document(benchmark("a")))]))
    (tmp_path / "provenance.json").write_text(walltime_provenance_json())
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-B"),
            "sandbox/rules_codspeed/results/summarize.py",
            *("--mode", "walltime", "--measured", "walltime.json"),
            *("--provenance", "provenance.json"),
            *("--output", "results.json", "--accounting", str(write_accounting(tmp_path))),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "results.json").read_text())["benchmarks"]
