"""The counts that CI prints are those of the runners, and an empty run is a failure."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COUNTS = Path(__file__).resolve().parents[2] / ".ci" / "counts.py"


@pytest.mark.parametrize(
    ("log", "status", "expected"),
    [
        ("Executed 17 out of 17 tests: 15 tests pass and 2 fail locally.\n", 3, "15 2"),
        ("Executed 0 out of 17 tests: 17 tests pass.\n", 0, "17 0"),
        ("Executed 1 out of 1 test: 1 test passes.\n", 0, "1 0"),
        (
            "Executed 1 out of 3 tests: 1 test passes, 1 fails to build and 1 fails locally.\n",
            3,
            "1 2",
        ),
        ("Executed 2 out of 3 tests: 2 tests pass and 1 was skipped.\n", 0, "2 0"),
        ("Ran 6 tests in 1.2s\n\nOK\n", 0, "6 0"),
        ("Ran 6 tests in 1.2s\n\nFAILED (failures=1, errors=1, skipped=2)\n", 1, "2 2"),
        ("Ran 0 tests in 0.0s\n\nOK\n", 0, "0 1"),
        (
            "Ran 6 tests in 1.2s\n\nFAILED (failures=1)\n"
            "Ran 1 test in 3.0s\n\nOK\nRan 2 tests in 0.1s\n\nOK (skipped=1)\n",
            1,
            "7 1",
        ),
        ("Executed 17 out of 17 tests: 17 tests pass.\n", 8, "17 1"),
        ("ERROR: no such target\n", 1, "0 1"),
        ("", 0, "0 1"),
    ],
)
def test_counts(log: str, status: int, expected: str) -> None:
    run = subprocess.run(
        [sys.executable, str(COUNTS), str(status)],
        input=log,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == expected
