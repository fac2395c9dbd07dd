"""The command: list, show, export, prune."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rules_codspeed.history.main as main_module
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.main import main, run_command
from rules_codspeed.history.options import parser
from rules_codspeed.history.place import history_file
from rules_codspeed.history.store import add_run
from rules_codspeed.results.changes import Recorded
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.history.repositories import VARIABLES

_DAY = 24 * 3600


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with three runs: of two suites, on days 1, 2 and 3 of 1970."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    with opened(history_file(folder, _variables(folder)), print) as connection:
        for day, suite in enumerate(["//:bench", "//:other", "//:bench"]):
            numbers = {("//a:b", "simulation", f"x\x1b::{day}"): Recorded({"Ir": 1000 + day})}
            measured = Measured("abcdef0123456789", "main", clean=day != 2)
            add_run(connection, suite, measured, "0.1.0", numbers, now=day * _DAY)
    return folder


def _variables(folder: Path) -> dict[str, str]:
    return {**VARIABLES, "XDG_STATE_HOME": str(folder.parent / "state")}


def _run(folder: Path, *arguments: str) -> str:
    out = io.StringIO()
    run_command(parser().parse_args(arguments), folder, _variables(folder), out)
    return out.getvalue()


def test_list(workspace: Path) -> None:
    assert _run(workspace, "list").splitlines() == [
        "    3  1970-01-03 00:00  abcdef0123 main with uncommitted changes  //:bench  1 benchmarks",
        "    2  1970-01-02 00:00  abcdef0123 main  //:other  1 benchmarks",
        "    1  1970-01-01 00:00  abcdef0123 main  //:bench  1 benchmarks",
    ]
    assert len(_run(workspace, "list", "--most", "1").splitlines()) == 1
    assert len(_run(workspace, "list", "--suite", "//:bench").splitlines()) == 2
    assert _run(workspace, "list", "--suite", "//:none") == "No runs.\n"


def test_runs_that_do_not_repeat_are_marked(workspace: Path) -> None:
    with opened(history_file(workspace, _variables(workspace)), print) as connection:
        for count in (1, 1, 2):
            numbers = {("//a:b", "simulation", "x::y"): Recorded({"Ir": count}, inputs="d1")}
            measured = Measured("abcdef0123456789", "main", clean=True)
            add_run(connection, "//:bench", measured, "0.1.0", numbers, now=9 * _DAY)
    lines = _run(workspace, "list").splitlines()
    words = "  1 benchmarks  not repeatable: //a:b since run 6 of 1970-01-10"
    assert [line.endswith(words) for line in lines] == [True, False, False, False, False, False]
    assert _run(workspace, "show", "6").splitlines()[0] == lines[0]
    _run(workspace, "export", str(workspace / "all.jsonl"))
    last = json.loads((workspace / "all.jsonl").read_text().splitlines()[-1])
    assert last["benchmarks"][0]["inputs"] == "d1"


def test_show(workspace: Path) -> None:
    lines = _run(workspace, "show", "2").splitlines()
    assert lines[1] == "//a:b (simulation)  x\\x1b::1  Ir 1,001"
    with pytest.raises(HistoryError, match="no run 9"):
        _run(workspace, "show", "9")


def test_export(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(workspace))
    _run(workspace, "export", "all.jsonl")
    documents = [json.loads(line) for line in (workspace / "all.jsonl").read_text().splitlines()]
    assert [one["run"] for one in documents] == [1, 2, 3]
    assert documents[0]["benchmarks"][0]["metrics"] == {"Ir": 1000}
    assert [path.name for path in workspace.iterdir()] == ["all.jsonl"]
    of_other = _run(workspace, "export", "-", "--suite", "//:other")
    assert json.loads(of_other)["suite"] == "//:other"
    with pytest.raises(HistoryError, match="cannot write"):
        _run(workspace, "export", "no/such/folder.jsonl")


def test_what_is_stored_commands_no_log(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(history_file(workspace, _variables(workspace)), print) as connection:
        for text in COMMANDS:
            for count in (1, 2):
                numbers = {(text, text, text): Recorded({text: count}, inputs="same")}
                measured = Measured("abcdef0123456789", text, clean=True)
                add_run(connection, text, measured, text, numbers, now=9 * _DAY)
        connection.execute("UPDATE run SET hash = ? WHERE id = 1", (COMMANDS[0].encode(),))
        connection.execute("UPDATE target SET label = CAST(x'ff' AS TEXT) WHERE run = 2")
    printed = _run(workspace, "list", "--most", "99")
    for run in range(2, 4 + 2 * len(COMMANDS)):
        printed += _run(workspace, "show", str(run))
    exported = _run(workspace, "export", "-")
    for text in (printed, exported, capsys.readouterr().err):
        assert obeyed(text) == []
        assert unseen(text) == ""
    assert COMMANDS[-1] in [json.loads(line)["suite"] for line in exported.splitlines()]


def test_prune(workspace: Path) -> None:
    assert _run(workspace, "prune", "--before", "1970-01-02") == "Removed 1 runs; 2 are left.\n"
    assert _run(workspace, "prune", "--keep", "1") == "Removed 0 runs; 2 are left.\n"
    assert _run(workspace, "prune", "--keep", "0") == "Removed 2 runs; 0 are left.\n"


@pytest.mark.parametrize("command", [["list"], ["export", "-"]])
def test_a_reader_that_has_enough_is_not_an_error(workspace: Path, command: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    environment = {
        **_variables(workspace),
        "BUILD_WORKSPACE_DIRECTORY": str(workspace),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    ended = subprocess.run(
        [sys.executable, str(main_module.__file__), *command],
        env=environment,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_no_history(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no history of"):
        _run(tmp_path, "list")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["list", "--most", "-1"], ["prune"], ["prune", "--before", "soon"], ["show", "x"], []],
)
def test_wrong_command_lines(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage: bazel run @rules_codspeed//tools:history --" in capsys.readouterr().err
