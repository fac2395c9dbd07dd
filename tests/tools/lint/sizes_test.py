"""Which files and folders are too large."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint.sizes import MAX_LINES, MAX_MODULES, oversized


def write(root: Path, name: str, lines: int, first: str = "line") -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join([first, *["line"] * (lines - 1)]) + "\n", encoding="utf-8")
    return Path(name)


@pytest.mark.parametrize(
    "name",
    [
        "py/a.py",
        "rules/a.bzl",
        "tools/a.sh",
        "py/html/report.js",
        "tests/a_test.py",
        "tests/a/BUILD.bazel",
    ],
)
def test_a_file_of_code(tmp_path: Path, name: str) -> None:
    assert list(oversized(tmp_path, [write(tmp_path, name, MAX_LINES)])) == []
    assert list(oversized(tmp_path, [write(tmp_path, name, MAX_LINES + 1)])) == [
        f"{name} has 401 lines; at most 400: split it by concept"
    ]


@pytest.mark.parametrize("name", ["tests/a.out", "tools/a.json", "docs/a.md", "README.md"])
def test_what_is_not_code_of_the_rules(tmp_path: Path, name: str) -> None:
    assert list(oversized(tmp_path, [write(tmp_path, name, MAX_LINES + 1)])) == []


def test_what_a_tool_writes(tmp_path: Path) -> None:
    first = '"""Hashes. Generated from a.json by make.py: do not edit."""'
    assert list(oversized(tmp_path, [write(tmp_path, "rules/a.bzl", 5000, first)])) == []


def test_a_folder(tmp_path: Path) -> None:
    modules = [write(tmp_path, f"py/x/m{number}.py", 1) for number in range(MAX_MODULES)]
    others = [write(tmp_path, f"py/x/{name}", 1) for name in ("__init__.py", "BUILD.bazel", "a.js")]
    below = [write(tmp_path, f"py/x/y/m{number}.py", 1) for number in range(MAX_MODULES)]
    assert list(oversized(tmp_path, [*modules, *others, *below])) == []
    one = write(tmp_path, "py/x/one.bzl", 1)
    assert list(oversized(tmp_path, [*modules, *others, *below, one])) == [
        "py/x has 26 modules; at most 25: give some a folder"
    ]
