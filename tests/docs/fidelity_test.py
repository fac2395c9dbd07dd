"""docs/fidelity.md is what the tables of the runner say.

Write its table of options with `PYTHONPATH=py:. python3 -m tests.docs.fidelity_test`, under a
Python with the packages of the tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules_codspeed.command.options import parse_options
from rules_codspeed.contract.data.runners import DEFAULT, RELEASES
from rules_codspeed.publish.runner_options import OPTIONS, table, without_effect

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "fidelity.md"
UPDATE = "PYTHONPATH=py:. python3 -m tests.docs.fidelity_test"
_TABLE = re.compile(r"\| option \| variable \|.*\n(?:\|.*\n)+")


def text() -> str:
    return FILE.read_text(encoding="utf-8")


def test_options_of_the_runner() -> None:
    assert _TABLE.findall(text()) == [table()], f"update it: {UPDATE}"


def test_versions() -> None:
    assert f"every release from {RELEASES[0]} to {RELEASES[-1]} that" in text()
    assert f"| default | {DEFAULT}, the newest" in text()
    assert {one.since for one in OPTIONS} <= {*RELEASES, "", "source"}


def test_what_stands_for_an_option_exists(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--help"], {})
    options = capsys.readouterr().out
    assert all(one in options for one in re.findall(r"`-- (--[a-z-]+)", text()))
    settings = (ROOT / "rules/settings/settings.bzl").read_text(encoding="utf-8")
    named = re.findall(r"rules/settings:([a-z_]+)", text())
    assert named
    assert all(f'"{one}": _setting(' in settings for one in named)


def test_variables_without_effect_are_reported() -> None:
    assert without_effect({}) == []
    honoured = {one.variable: "x" for one in OPTIONS if one.followed}
    assert without_effect(honoured) == []
    given = {
        "CODSPEED_RUNNER_MODE": "memory",
        "CODSPEED_WALLTIME_PROFILER": "x\n" * 99,
        "HOME": "/",
    }
    modes, profiler = without_effect(given)
    assert modes == (
        "CODSPEED_RUNNER_MODE=memory has no effect: Bazel has measured already. Here: "
        "--@rules_codspeed//rules/settings:modes."
    )
    assert "\n" not in profiler
    assert len(profiler) < 300


def main() -> None:
    """Writes the table."""
    FILE.write_text(_TABLE.sub(lambda _: table(), text()), encoding="utf-8")


if __name__ == "__main__":
    main()
