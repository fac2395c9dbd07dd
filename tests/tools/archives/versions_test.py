"""Versions sort as rules/private/archives/versions.bzl sorts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.archives.versions import version_key

SORTED = [
    "0.9.0",
    "0.10.0",
    "3.19.0-1",
    "3.26.0",
    "3.26.0-0codspeed2",
    "3.26.0-0codspeed10",
    "4.3.0-beta.0",
    "4.3.0-beta.2",
    "4.3.0-rc.1",
    "4.3.0",
    "4.3.1",
    "10.0.0",
]


def test_order() -> None:
    assert sorted(reversed(SORTED), key=version_key) == SORTED


@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), st.integers(0, 2))
def test_a_higher_number_is_a_higher_version(numbers: list[int], place: int) -> None:
    higher = [*numbers]
    higher[place] += 1
    assert version_key(".".join(map(str, numbers))) < version_key(".".join(map(str, higher)))


@given(st.lists(st.text("09a.-+~é", max_size=12), max_size=6))
def test_any_texts_can_be_sorted(versions: list[str]) -> None:
    assert sorted(sorted(versions, key=version_key), key=version_key) == sorted(
        versions, key=version_key
    )
