"""The Mann-Whitney U test against SciPy 1.17's mannwhitneyu."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.significance import mann_whitney

# Samples, p value and rank-biserial correlation, as SciPy gives them (method auto).
_SCIPY = [
    ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0], 0.007936507936507936, 1.0),
    ([1.0], [2.0], 1.0, 1.0),
    ([3.0, 1.0, 2.0], [2.5, 0.5, 9.0, 4.0], 0.6285714285714286, 0.33333333333333326),
    ([1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 5.0], 0.6489418131874136, 0.25),
    (
        [10.1, 10.3, 9.9, 10.0, 10.2, 10.05, 10.15, 9.95, 10.25, 10.35],
        [10.6, 10.4, 10.8, 10.45, 10.55, 10.7, 10.65, 10.5, 10.75, 10.85],
        0.00018267179110955002,
        1.0,
    ),
    (
        [
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
            5.0,
            6.0,
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
            5.0,
            6.0,
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
            5.0,
            6.0,
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
            5.0,
            6.0,
            0.0,
            1.0,
        ],
        [
            0.0,
            3.0,
            6.0,
            9.0,
            1.0,
            4.0,
            7.0,
            10.0,
            2.0,
            5.0,
            8.0,
            0.0,
            3.0,
            6.0,
            9.0,
            1.0,
            4.0,
            7.0,
            10.0,
            2.0,
            5.0,
            8.0,
            0.0,
            3.0,
            6.0,
        ],
        0.02582288432446376,
        0.3506666666666667,
    ),
    (
        [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
        [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
        1.0,
        0.0,
    ),
    (
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0],
        [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 11.5],
        0.7508318840891169,
        0.08333333333333326,
    ),
]
_TIMES = st.lists(st.floats(0, 1e12), min_size=1, max_size=40)


@pytest.mark.parametrize(("before", "after", "p_value", "effect"), _SCIPY)
def test_scipy(before: list[float], after: list[float], p_value: float, effect: float) -> None:
    difference = mann_whitney(before, after)
    # SciPy has no p value for samples that are all equal.
    assert difference.p_value == pytest.approx(1.0 if math.isnan(p_value) else p_value, abs=1e-12)
    assert difference.effect == pytest.approx(effect, abs=1e-12)


@settings(max_examples=200)
@given(_TIMES, _TIMES)
def test_sides_can_be_exchanged(before: list[float], after: list[float]) -> None:
    forth, back = mann_whitney(before, after), mann_whitney(after, before)
    assert 0 <= forth.p_value <= 1
    assert -1 <= forth.effect <= 1
    assert forth.p_value == pytest.approx(back.p_value, abs=1e-9)
    assert forth.effect == pytest.approx(-back.effect, abs=1e-9)


def test_a_p_value_is_never_zero() -> None:
    before = [1.0 + number / 1000 for number in range(500)]
    difference = mann_whitney(before, [2 * time for time in before])
    assert 0 < difference.p_value < 1e-100
    assert difference.direction == 1


_TIMES = st.lists(st.floats(1, 1e6), min_size=5, max_size=90)


@settings(max_examples=100, deadline=None)
@given(_TIMES, _TIMES)
def test_a_direction_has_test_effect_and_interval_on_its_side(
    before: list[float], after: list[float]
) -> None:
    difference = mann_whitney(before, after)
    assert difference.interval
    low, high = difference.interval
    assert low <= high
    if difference.direction:
        assert difference.p_value < 0.01
        assert difference.effect * difference.direction > 0
        assert low * difference.direction > 0
        assert high * difference.direction > 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(90, 110), min_size=7, max_size=200), st.floats(0.5, 2))
def test_an_interval_holds_a_factor(times: list[float], factor: float) -> None:
    interval = mann_whitney(times, [time * factor for time in times]).interval
    assert interval
    assert interval[0] - 1e-9 <= factor - 1 <= interval[1] + 1e-9


def test_intervals_get_narrower_with_more_rounds() -> None:
    def width(rounds: int) -> float:
        times = [100 + (number * 37 % 101) / 10 for number in range(rounds)]
        interval = mann_whitney(times, times[::-1]).interval
        assert interval
        return interval[1] - interval[0]

    assert width(10) > width(100) > width(1000)


def test_no_interval_from_zero() -> None:
    assert mann_whitney([0.0, 1.0], [1.0, 2.0]).interval is None


def test_what_chance_does_once_in_sixty_times_is_no_verdict() -> None:
    """The documented limit is p < 0.01, and an interval of 99 %."""
    difference = mann_whitney([10.0, 10.1, 10.2, 10.3, 10.4], [10.35, 11.0, 11.1, 11.2, 11.3])
    assert 0.01 < difference.p_value < 0.02
    assert difference.direction == 0
    assert difference.interval
    # At 95 % it would begin above 2 %.
    assert difference.interval[0] < 0
