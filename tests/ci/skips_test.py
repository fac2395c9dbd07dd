"""Skips are counted over the reports of all tests by reason, and those that skipped are listed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SKIPS = Path(__file__).resolve().parents[2] / ".ci" / "skips.py"

_SKIP = "<testcase name='a'><skipped type='pytest.skip' message='no perf'>x</skipped></testcase>"


def listed(*folders: Path) -> list[str]:
    run = subprocess.run(
        [sys.executable, SKIPS, *folders], capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


def test_reasons_are_counted(tmp_path: Path) -> None:
    for name, cases in {
        "a": 2 * _SKIP,
        "b/c": _SKIP.replace("perf", "npm") + _SKIP,
        "d": "",
    }.items():
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "test.xml").write_text(
            f"<testsuites><testsuite>{cases}<testcase name='z'/></testsuite></testsuites>"
        )
    # As bazel-testlogs is.
    (tmp_path / "link").symlink_to(tmp_path / "b")
    reasons = ["skipped 1: no npm", "skipped 3: no perf"]
    assert listed(tmp_path) == [*reasons, "4 tests were skipped, for 2 reasons"]
    assert listed(tmp_path / "link")[:2] == ["skipped 1: no npm", "skipped 1: no perf"]


def test_those_that_skipped(tmp_path: Path) -> None:
    logs, tree = tmp_path / "logs", tmp_path / "tree"
    for package in ("", "a", "a/b"):
        (tree / package).mkdir(parents=True, exist_ok=True)
        (tree / package / "BUILD.bazel").touch()
    for name, cases in {"a/c": "", "a/d": _SKIP, "a/b/e/f": _SKIP, "g": 2 * _SKIP}.items():
        (logs / name).mkdir(parents=True)
        (logs / name / "test.xml").write_text(f"<testsuites>{cases}</testsuites>")
    assert listed(logs, tree) == ["//a/b:e/f", "//a:d", "//:g"]


def test_nothing_was_skipped(tmp_path: Path) -> None:
    assert listed(tmp_path) == ["0 tests were skipped, for 0 reasons"]
