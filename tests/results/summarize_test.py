"""The action's entry: profile folder and provenance to results.json."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from rules_codspeed.results import summarize as module
from rules_codspeed.results.summarize import SummaryError, main, parse_provenance, summarize
from tests.results.profiles import ProfilePart, random_parts, write_profile
from tests.results.provenance import PROVENANCE, provenance_json

TESTDATA = Path(__file__).parent / "testdata"


def run(profile: Path, *options: str, provenance: str | None = None) -> tuple[int, Path]:
    """Runs the command line on a folder; returns its status and the output."""
    record = profile.parent / "provenance.json"
    record.write_text(provenance if provenance is not None else provenance_json())
    output = profile.parent / "results.json"
    arguments = ["--profile", str(profile), "--provenance", str(record), "--output", str(output)]
    return main([*arguments, *options]), output


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile folder with the benchmarks of two processes and an empty third."""
    folder = tmp_path / "bench.profile"
    folder.mkdir()
    (folder / "1.out").write_bytes((TESTDATA / "plain.out").read_bytes())
    (folder / "2.out").write_bytes((TESTDATA / "pytest.out").read_bytes())
    (folder / "3.out").touch()
    (folder / "valgrind.1.log").write_text("warning\n")
    return folder


def test_document(profile: Path) -> None:
    status, output = run(profile)
    assert status == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    assert list(document) == ["schema", "benchmarks", "provenance"]
    assert document["schema"] == "rules_codspeed.results/1"
    assert document["provenance"] == [asdict(PROVENANCE)]
    assert [one["uri"] for one in document["benchmarks"]] == [
        "t_bench.py::test_x",
        "two_benchmarks.c::fib[10]",
        "two_benchmarks.c::fill[4096]",
    ]
    assert document["benchmarks"][1] == {
        "uri": "two_benchmarks.c::fib[10]",
        "label": "//pkg:bench",
        "mode": "simulation",
        "metrics": {
            **{"Ir": 2567, "Dr": 532, "Dw": 532, "I1mr": 3, "D1mr": 0, "D1mw": 7},
            **{"ILmr": 3, "DLmr": 0, "DLmw": 7, "sysCount": 0},
            **{"L1m": 10, "LLm": 10, "estimated_cycles": 2567 + 10 * 10 + 100 * 10},
        },
    }


def test_same_profile_gives_same_bytes(profile: Path) -> None:
    first = run(profile)[1].read_bytes()
    assert run(profile)[1].read_bytes() == first


def test_runs_isolated_and_through_a_link(profile: Path, tmp_path: Path) -> None:
    """As the rule starts it: no import path, files that are links into another tree."""
    assert module.__file__
    package = Path(module.__file__).parents[1]
    for source in [*package.glob("*.py"), *package.glob("results/*.py")]:
        link = tmp_path / "sandbox" / "rules_codspeed" / source.relative_to(package)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
    record = tmp_path / "provenance.json"
    record.write_text(provenance_json())
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-B"),
            "sandbox/rules_codspeed/results/summarize.py",
            *("--profile", str(profile), "--provenance", str(record), "--output", "results.json"),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "results.json").read_text())["benchmarks"]


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the message of a failed run, which is one line."""
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert message.startswith("rules_codspeed: ")
    return message


def test_truncated_profile(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = profile / "1.out"
    file.write_bytes(file.read_bytes()[:1500])
    status, output = run(profile)
    assert status == 1
    assert not output.exists()
    message = told(capsys)
    assert "//pkg:bench" in message
    assert f"{file}:" in message
    assert "truncated" in message
    assert "Fix:" in message


def test_foreign_file(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (profile / "1.out").write_text("events: Ir\n")
    assert run(profile)[0] == 1
    assert "no callgrind profile" in told(capsys)


def test_uri_twice(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (profile / "4.out").write_bytes((TESTDATA / "recursion.out").read_bytes())
    assert run(profile, "--allow-empty")[0] == 1
    message = told(capsys)
    assert "two_benchmarks.c::fill[4096]" in message
    assert "1.out:25" in message
    assert "4.out:" in message


@pytest.mark.parametrize("content", [None, write_profile([])])
def test_nothing_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    folder = tmp_path / "bench.profile"
    folder.mkdir()
    if content is not None:
        part = ProfilePart("Program termination", ("Ir",), ())
        (folder / "1.out").write_bytes(write_profile([part]))
    assert run(folder)[0] == 1
    message = told(capsys)
    assert "//pkg:bench measured nothing" in message
    assert "allow_empty" in message
    status, output = run(folder, "--allow-empty")
    assert status == 0
    assert json.loads(output.read_text())["benchmarks"] == []


def test_zero_cost_is_no_measurement(tmp_path: Path) -> None:
    part = ProfilePart("Client Request: a.py::t", ("Ir", "Dr"), ())
    (tmp_path / "1.out").write_bytes(write_profile([part]))
    with pytest.raises(SummaryError, match=r"counted nothing for 'a.py::t'"):
        summarize(tmp_path, PROVENANCE)
    (only,) = summarize(tmp_path, PROVENANCE, allow_empty=True).benchmarks
    assert only.metrics == {"Ir": 0, "Dr": 0}


def test_parts_with_other_events(tmp_path: Path) -> None:
    with_cache = random_parts(1, 3)
    without = [ProfilePart("Client Request: x::y", ("Ir",), ())]
    (tmp_path / "1.out").write_bytes(write_profile(with_cache))
    (tmp_path / "2.out").write_bytes(write_profile(without))
    first, second = summarize(tmp_path, PROVENANCE, allow_empty=True).benchmarks
    assert "estimated_cycles" in first.metrics
    assert second.metrics == {"Ir": 0}


@pytest.mark.parametrize(
    "provenance",
    [
        "",
        "[]",
        "{",
        provenance_json(label=None),
        provenance_json(new=1),
        provenance_json(simulator=3),
    ],
)
def test_other_provenance(
    profile: Path, capsys: pytest.CaptureFixture[str], provenance: str
) -> None:
    assert run(profile, provenance=provenance)[0] == 1
    assert "provenance.json" in told(capsys)


def test_missing_file(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--profile", str(profile), "--provenance", "nowhere.json", "--output", "x"]
    assert main(arguments) == 1
    assert "nowhere.json" in told(capsys)


def test_provenance_round_trip() -> None:
    assert parse_provenance(provenance_json()) == PROVENANCE
