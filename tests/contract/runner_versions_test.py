"""What depends on the version of CodSpeed's runner."""

from __future__ import annotations

from itertools import pairwise

import pytest

from rules_codspeed.contract import runner_versions
from rules_codspeed.contract.runner_versions import NEWEST, OLDEST, find_runner, first_with, text


@pytest.mark.parametrize(
    ("runner", "version"),
    [("4.10.6", "1.2.0"), ("4.14.9", "1.2.0"), ("4.15.0", "1.3.0"), ("5.0.2", "1.3.0")],
)
def test_exec_harness(runner: str, version: str) -> None:
    found = find_runner(runner)
    assert found
    assert found.exec_harness == version


def test_rows_ascend_and_each_changes_something() -> None:
    numbers = [number for number, _ in runner_versions._SINCE]
    assert numbers == sorted(set(numbers))
    for before, after in pairwise(numbers[:-1]):
        one, other = find_runner(text(before)), find_runner(text(after))
        assert one
        assert other
        assert one._replace(number=after) != other


def test_range() -> None:
    assert find_runner("4.8.99") is None
    assert find_runner("") is None
    assert find_runner(f"v{text(OLDEST)}")
    assert find_runner(text(NEWEST))
    assert find_runner(text((*NEWEST[:2], NEWEST[2] + 1))) is None


def test_first_with() -> None:
    assert first_with(metadata_schema=9) == (4, 12, 0)
    assert first_with(walltime=True) == (4, 10, 6)
