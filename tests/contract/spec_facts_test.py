"""What the rules accept is what the drivers accept: facts that Starlark and Python both state."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.spec import PROFILERS, UNWINDING, WALLTIME_ARGS
from rules_codspeed.importing.registry import FORMATS

RULES = Path(__file__).parents[2] / "rules"


def listed(file: str, before: str) -> list[str]:
    """Returns the list of texts that follows a piece of a Starlark file."""
    text = (RULES / file).read_text(encoding="utf-8")
    found = re.findall(re.escape(before) + r".*?(\[[^\]]*\])", text, re.S)
    assert len(found) > 0, f"{before!r} is not in rules/{file}"
    return list(ast.literal_eval(found[0]))


def test_modes() -> None:
    assert listed("settings/modes.bzl", "\nMODES = ") == list(MODES)


def test_arguments_of_walltime() -> None:
    assert listed("private/measure/walltime.bzl", "\nWALLTIME_ARGS = ") == list(WALLTIME_ARGS)


def test_formats_of_imports() -> None:
    assert listed("private/measure/import.bzl", "\nFORMATS = ") == list(FORMATS)


def test_unwinding() -> None:
    offered = listed("private/measure/walltime.bzl", '"unwinding": attr.string(')
    # The rule writes `auto` as an empty text.
    assert {"" if one == "auto" else one for one in offered} == set(UNWINDING)


def test_profilers() -> None:
    assert set(listed("settings/settings.bzl", '"profiler": _setting(')) == set(PROFILERS)
