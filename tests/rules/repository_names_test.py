"""The driver and the rules give a repository the same name."""

from __future__ import annotations

import ast
from pathlib import Path

from rules_codspeed.measure.stage.repositories import short_name

TABLE = Path(__file__).with_name("labels_test.bzl")


def test_names_of_the_rules() -> None:
    text = TABLE.read_text("utf-8")
    start = text.index("{", text.index("REPOSITORY_NAMES = "))
    names = ast.literal_eval(text[start : text.index("\n}\n", start) + 2])
    assert len(names) > 10
    assert {canonical: short_name(canonical) for canonical in names} == names
