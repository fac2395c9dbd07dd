"""The one error, its text, and how an entry prints it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract import errors
from rules_codspeed.contract.errors import CodSpeedError, run_entry, run_failure, with_run
from tests.contract.log_readers import COMMANDS, obeyed, unseen

PACKAGE = Path(errors.__file__).parents[1]


def test_one_shape() -> None:
    error = CodSpeedError("no x", got=3, expected="a y", fix="write y")
    assert str(error) == "no x. Got: 3. Expected: a y. Fix: write y."
    assert str(CodSpeedError("Is it there?", fix="look")) == "Is it there? Fix: look."


def test_words_of_the_runner_stay_as_they_are() -> None:
    assert str(CodSpeedError("Run `x` to y", fix=None)) == "Run `x` to y"
    assert str(CodSpeedError("Failed\n  -> Reason: z", fix="wait")) == (
        "Failed\n  -> Reason: z\nFix: wait."
    )


def test_lines_of_a_run_stand_below() -> None:
    failed = run_failure("//a:b ended", ["x", "a b"], [("log", b"one\ntwo\n")], "fix it")
    run = "  command: x 'a b'\n  last lines of log:\n    | one\n    | two"
    assert str(failed) == f"//a:b ended.\n{run}\n  Fix: fix it."
    error = with_run(CodSpeedError("no x", got="y", fix="z"), ["x", "a b"], "ended", [])
    assert str(error) == "no x. Got: y. Fix: z.\n  the program ended\n  command: x 'a b'"


def test_a_subject_is_put_in_front() -> None:
    error = CodSpeedError("no x", got="y", expected="z", fix="f").about("//a:b")
    assert str(error) == "//a:b: no x. Got: y. Expected: z. Fix: f."


def _raise(error: BaseException) -> int:
    raise error


def test_an_entry_prints_what_a_terminal_can_show(capsys: pytest.CaptureFixture[str]) -> None:
    error = CodSpeedError("no \x1b[31m\u202e", got="a\tb", fix="c\nd")
    assert run_entry(lambda: _raise(error)) == 1
    captured = capsys.readouterr()
    assert captured.err == "rules_codspeed: no \\x1b[31m\\u202e. Got: a\\tb. Fix: c\\nd.\n"
    assert captured.out == ""


@pytest.mark.parametrize("text", COMMANDS)
def test_an_error_commands_no_log(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = CodSpeedError(f"no {text}", got=text, expected=text, fix=text, below=[text])
    output = text.encode()
    for one in (
        error,
        error.about(text),
        CodSpeedError(f"Failed\n{text}", fix=text),
        with_run(error, ["x", text], text, [(text, output)]),
        run_failure(f"//a:b {text}", ["x", text], [("log", output)], text),
        OSError(2, text, text),
    ):
        assert run_entry(lambda one=one: _raise(one)) == 1  # type: ignore[misc]
        printed = capsys.readouterr().err
        assert obeyed(printed) == []
        assert unseen(printed) == ""


def test_only_what_is_wrong_has_lines() -> None:
    """Elsewhere a newline comes from outside, and would start a line of somebody else."""
    for error in (
        CodSpeedError("no x", got="a\nb", expected="c\nd", fix="e\nf", below=["g\nh"]),
        run_failure("no\nx", ["a\nb"], [("log", b"c")], "d\ne"),
    ):
        lines = [line.partition(" ")[0] for line in str(error).split("\n")]
        assert set(lines) <= {"no", "no\\nx.", "", "g\\nh"}


@pytest.mark.parametrize(
    ("error", "printed"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "x"),
            "x: No such file or directory. Fix: name a file or folder that exists.",
        ),
        (
            FileNotFoundError(2, "No such file or directory", b"a\n\xff"),
            r"a\n\udcff: No such file or directory. Fix: name a file or folder that exists.",
        ),
        (
            OSError(28, "No space left on device"),
            "the operating system refuses: No space left on device. "
            "Fix: free space on that file system, and start it again.",
        ),
        (
            PermissionError(13, "Permission denied", "y"),
            "y: Permission denied. "
            "Fix: make sure that this user may read and write it, and start it again.",
        ),
        (
            OSError("without a number"),
            "the operating system refuses: without a number. "
            "Fix: make sure that this user may read and write it, and start it again.",
        ),
    ],
)
def test_what_the_system_refuses_has_a_next_step(
    error: OSError, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_entry(lambda: _raise(error), "me") == 1
    assert capsys.readouterr().err == f"me: {printed}\n"


def test_status_of_an_entry(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_entry(lambda: None) == 0
    assert run_entry(lambda: 3) == 3
    assert run_entry(lambda: _raise(KeyboardInterrupt())) == 130
    assert run_entry(lambda: _raise(MemoryError())) == 1
    assert "there is not enough memory. Fix: start it where more" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        run_entry(lambda: _raise(ZeroDivisionError()))


@pytest.mark.parametrize(
    ("device", "status", "error"),
    [
        ("closed pipe", 141, ""),
        ("/dev/full", 1, "rules_codspeed: the operating system refuses: No space left"),
    ],
)
def test_output_that_cannot_be_written_is_one_error(device: str, status: int, error: str) -> None:
    """A little output stays in Python's buffer until the end."""
    entry = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
        "from rules_codspeed.contract.errors import run_entry\n"
        "sys.exit(run_entry(lambda: print('a line')))\n"
    )
    if device == "closed pipe":
        read, output = os.pipe()
        os.close(read)
    else:
        output = os.open(device, os.O_WRONLY)
    command = [sys.executable, "-I", "-S", "-c", entry]
    ended = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    os.close(output)
    assert ended.returncode == status
    assert ended.stderr.startswith(error)
    assert ended.stderr.count("\n") == (1 if error else 0)


def _own_errors() -> dict[str, str]:
    """Returns the docstrings of our package's classes of errors, by the names of their bases."""
    found: dict[str, str] = {}
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            bases = node.bases if isinstance(node, ast.ClassDef) else []
            if any(ast.unparse(base).endswith(("Error", "Exception")) for base in bases):
                assert isinstance(node, ast.ClassDef)
                found[node.name] = ast.get_docstring(node) or ""
    del found["CodSpeedError"]
    return found


def _caught() -> set[str]:
    names: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and node.type:
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                names |= {ast.unparse(kind).rsplit(".", 1)[-1] for kind in kinds}
    return names


def test_an_error_of_its_own_is_one_that_somebody_catches() -> None:
    assert _own_errors().keys() <= _caught()


def test_an_error_of_its_own_states_who_catches_it() -> None:
    silent = [
        name for name, text in _own_errors().items() if not re.search(r"\bcatch(es)?\b", text)
    ]
    assert silent == []
