"""What depends on the version of CodSpeed's runner."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.data.runners import DEFAULT, RELEASES, SINCE
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.runner_versions import (
    RunnerMode,
    find_runner,
    first_with,
    nearest,
    runner_of,
    text,
)


@pytest.mark.parametrize(
    ("runner", "version"),
    [
        ("4.10.6", "1.2.0"),
        ("4.14.0", "1.2.0"),
        ("4.15.0", "1.3.0"),
        ("5.4.0", "1.3.0"),
        ("5.8.0", "1.4.0"),
    ],
)
def test_exec_harness(runner: str, version: str) -> None:
    found = find_runner(runner)
    assert found
    assert found.exec_harness == version


def test_releases_ascend() -> None:
    found = [find_runner(one) for one in RELEASES]
    numbers = [one.number for one in found if one]
    assert len(numbers) == len(RELEASES)
    assert numbers == sorted(set(numbers))
    assert DEFAULT in RELEASES


def test_rows_ascend_and_each_changes_what_it_states() -> None:
    assert list(SINCE) == [one for one in RELEASES if one in SINCE]
    for before, version in pairwise(RELEASES):
        one, other = find_runner(before), find_runner(version)
        assert one
        assert other
        changed = {
            name
            for name, value in other._asdict().items()
            if name != "number" and value != one._asdict()[name]
        }
        assert changed == SINCE.get(version, {}).keys(), version


@pytest.mark.parametrize(
    "version", ["4.8.2", "4.12.2", "5.0.3", "5.9.0", "", "5", "latest", "5.1.0\n"]
)
def test_other_versions_are_unknown(version: str) -> None:
    assert find_runner(version) is None


@pytest.mark.parametrize(
    ("version", "mode", "close"),
    [
        ("4.12.7", None, "4.12.1"),
        ("v4.18.99", None, "4.18.4"),
        ("6.0.0", None, "5.8.0"),
        ("1.0.0", None, "4.9.0"),
        ("4.10.0", "memory", "4.10.6"),
        ("latest", None, DEFAULT),
        ("", None, DEFAULT),
    ],
)
def test_nearest(version: str, mode: RunnerMode | None, close: str) -> None:
    assert nearest(version, mode).version == close


@pytest.mark.parametrize(
    ("version", "mode", "expected"),
    [
        ("5.3.2", "simulation", "a release from 4.9.0 to 5.8.0; the nearest is 5.3.1"),
        ("4.10.0", "memory", "a release from 4.10.6 to 5.8.0; the nearest is 4.10.6"),
        ("6.1.0", "walltime", "a release from 4.10.6 to 5.8.0; the nearest is 5.8.0"),
    ],
)
def test_error_names_the_nearest_and_the_setting(
    version: str, mode: RunnerMode, expected: str
) -> None:
    with pytest.raises(CodSpeedError) as caught:
        runner_of("//a:b", version, mode)
    close = expected.split()[-1]
    assert str(caught.value) == (
        f"//a:b cannot be measured as that version of CodSpeed's runner. Got: {version!r}. "
        f"Expected: {expected}. Fix: pass --@rules_codspeed//rules/settings:runner_version={close}"
        f", or leave the setting out for {DEFAULT}."
    )


def test_default() -> None:
    for mode in get_args(RunnerMode):
        assert runner_of("//a:b", "", mode).version == DEFAULT


def test_first_with() -> None:
    assert first_with(metadata_schema=9) == (4, 12, 0)
    assert first_with(walltime=True) == (4, 10, 6)
    assert text(first_with(separate_threads=True)) == "5.2.0"


@given(
    st.one_of(st.text(), st.from_regex(r"v?[0-9]{1,4}[.][0-9]{1,4}[.][0-9]{1,4}", fullmatch=True))
)
def test_any_text_has_a_nearest_version(version: str) -> None:
    close = nearest(version)
    assert close.version in RELEASES
    found = find_runner(version)
    assert found is None or found == close
