"""The reasons of skips are counted over the reports of all tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SKIPS = Path(__file__).resolve().parents[2] / ".ci" / "skips.py"

_SKIP = "<testcase name='a'><skipped type='pytest.skip' message='no perf'>x</skipped></testcase>"


def listed(folder: Path) -> list[str]:
    run = subprocess.run(
        [sys.executable, SKIPS, folder], capture_output=True, text=True, check=True
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


def test_nothing_was_skipped(tmp_path: Path) -> None:
    assert listed(tmp_path) == ["0 tests were skipped, for 0 reasons"]
