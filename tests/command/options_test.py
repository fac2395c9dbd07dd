"""The command line of a suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.command.options import Options, parse_options


def parse(*arguments: str) -> Options:
    return parse_options(["--manifest", "m.json", *arguments], {})


def test_each_export_is_kept() -> None:
    """Of one format too: the last one must not stand for all."""
    arguments = ["--export", "bencher=a", "--export", "speedscope=b", "--export=bencher=c=d"]
    assert list(parse(*arguments).exports) == [
        ("bencher", Path("a")),
        ("speedscope", Path("b")),
        ("bencher", Path("c=d")),
    ]
    assert list(parse().exports) == []


@pytest.mark.parametrize(
    ("exports", "reason"),
    [
        (["bencher"], "'bencher' is not FORMAT=PATH with one of "),
        (["bencher="], "'bencher=' is not FORMAT=PATH with one of "),
        (["sheet=a"], "'sheet=a' is not FORMAT=PATH with one of "),
        (["bencher=a", "speedscope=./a"], "two --export write a; choose a path for each"),
    ],
)
def test_exports_that_cannot_be_written(
    capsys: pytest.CaptureFixture[str], exports: list[str], reason: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(*(f"--export={one}" for one in exports))
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("--compare", ""), ("--compare", " "), ("--report=",), ("--out= ",), ("-r", "")]
)
def test_value_that_is_empty(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    """As of a variable that is not set: it would choose a default, or the user's own folder."""
    with pytest.raises(SystemExit, match="2"):
        parse("--dry-run", *arguments)
    option = arguments[0].partition("=")[0]
    assert f"argument {option}: it is empty; give it a value" in capsys.readouterr().err


def test_empty_argument_of_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse("")
    assert "an argument is empty" in capsys.readouterr().err
