"""docs/publishing.md names every option of the command, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules_codspeed.command.options import parse_options

TEXT = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text(encoding="utf-8")
OPTION = re.compile("--[a-z][a-z-]+")
# Of the collector, which the text shows too.
COLLECTOR = {"--data", "--port", "--public-url"}
# Described where tables and documents are, or together with other options.
ELSEWHERE = {"--format", "--provider", "--help"}


def test_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--help"], {})
    options = set(OPTION.findall(capsys.readouterr().out))
    named = set(OPTION.findall(TEXT)) - COLLECTOR
    assert named <= options
    assert options - ELSEWHERE <= named
