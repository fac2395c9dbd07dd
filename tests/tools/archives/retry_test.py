"""Waiting grows, is random, is bounded, and does what a server asks for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.archives.retry import Retry


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0, 1e9))
def test_a_wait_is_bounded(failures: int, chance: float, asked: float) -> None:
    waited: list[float] = []
    Retry(sleep=waited.append, random=lambda: chance).wait(failures, asked)
    assert min(asked, 30) <= waited[0] <= 30


def test_the_longest_wait_doubles() -> None:
    waited: list[float] = []
    retry = Retry(base_s=0.5, sleep=waited.append, random=lambda: 1)
    for failures in range(1, 9):
        retry.wait(failures)
    assert waited == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_wait_is_random() -> None:
    waited: list[float] = []
    for chance in (0, 0.25, 1):
        Retry(sleep=waited.append, random=lambda chance=chance: chance).wait(3)  # type: ignore[misc]
    assert waited == [0, 1, 4]
