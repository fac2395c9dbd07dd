"""Change points: those of the cheapest partition there is."""

from __future__ import annotations

import math
import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.report.html.change_points import change_points, noise


def cheapest(values: list[float]) -> float:
    """Returns the cost of the best of all partitions."""
    places = range(1, len(values))
    return min(
        total(values, list(some))
        for count in range(len(values))
        for some in combinations(places, count)
    )


def total(values: list[float], changes: list[int]) -> float:
    edges = [0, *changes, len(values)]
    scaled = [one / noise(values) for one in values]
    parts = [scaled[start:end] for start, end in pairwise(edges)]
    squares = sum(sum((x - sum(part) / len(part)) ** 2 for x in part) for part in parts)
    return squares + 3 * math.log(len(values)) * len(changes)


@given(st.lists(st.integers(900, 1100).map(float), min_size=2, max_size=9))
@settings(max_examples=100)
def test_no_partition_is_cheaper(values: list[float]) -> None:
    assert total(values, change_points(values)) == pytest.approx(cheapest(values))


def test_levels_in_noise_are_found() -> None:
    numbers = random.Random(1)
    levels = [100.0] * 30 + [110.0] * 20 + [104.0] * 30
    assert change_points([one + numbers.gauss(0, 1) for one in levels]) == [30, 50]
    assert change_points([100 + numbers.gauss(0, 1) for _ in range(200)]) == []


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ([], []),
        ([5.0], []),
        ([0.0] * 9, []),
        ([1000.0] * 9, []),
        # Counts repeat exactly: one more per cent is a change, a thousandth is not.
        ([1000.0] * 9 + [1011.0] * 3, [9]),
        ([1000.0] * 9 + [1001.0] * 9, []),
        ([float(10**30), 1.0, float(10**30)], []),
    ],
)
def test_series_without_noise(values: list[float], changes: list[int]) -> None:
    assert change_points(values) == changes
