"""docs/judging.md names options, attributes and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules_codspeed.bisect.options import parser as bisect_parser
from rules_codspeed.command.options import parse_options
from rules_codspeed.compare.options import parser as compare_parser
from rules_codspeed.history.options import parser as history_parser
from rules_codspeed.report.exports import formats
from rules_codspeed.why.options import parser as why_parser

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "judging.md").read_text(encoding="utf-8")
RULE = (ROOT / "rules" / "private" / "regression_test.bzl").read_text(encoding="utf-8")
OPTION = re.compile(r"(?<![\w/])--[a-z][a-z-]+")


def _judging_options(capsys: pytest.CaptureFixture[str]) -> set[str]:
    with pytest.raises(SystemExit):
        parse_options(["--help"], {})
    group = re.search(r"\njudging:\n(.*?)\n\n", capsys.readouterr().out, re.S)
    assert group
    # An option's own line is indented by two; its text is indented further.
    return set(re.findall(r"^  (--[a-z-]+)", group[1], re.M))


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    options = _judging_options(capsys)
    assert options == {"--compare", "--report", "--summary", "--export"}
    named = set(OPTION.findall(TEXT))
    assert options <= named
    parsers = (bisect_parser, compare_parser, why_parser)
    others = set(OPTION.findall("".join(one().format_help() for one in parsers)))
    others |= {"--keep", "--before"} | {"--format", "--out"}
    assert named <= options | others
    for name in formats():
        assert f"--export {name}=" in TEXT


def test_commands_of_the_history() -> None:
    shown = history_parser().format_help()
    for command in ("list", "show", "export", "prune"):
        assert re.search(rf"^    {command} ", shown, re.M)
        assert re.search(rf"\b{command}\b", TEXT)


def test_attributes() -> None:
    signature = re.search(r"def codspeed_regression_test\((.*?)\):", RULE, re.S)
    assert signature
    attributes = set(re.findall(r"^        (\w+)[ ,=]", signature[1], re.M))
    example = re.search(r"codspeed_regression_test\(\n(.*?)\n\)", TEXT, re.S)
    assert example
    shown = set(re.findall(r"^    (\w+) = ", example[1], re.M))
    assert shown <= attributes
    assert attributes - shown == {"mode", "tags", "target_compatible_with", "visibility"}
