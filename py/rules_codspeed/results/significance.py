"""Whether two sets of times differ: the Mann-Whitney U test, and the size of the effect.

It uses the standard library's `statistics`: SciPy's packages for all supported Pythons are
some 300 MB, too much to fetch for two numbers. SciPy's results are the tests' vectors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import NormalDist

# As SciPy's method `auto`: exact where one sample is this small and no two times are equal.
_EXACT = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """How two samples differ.

    Attributes:
      p_value: how likely samples of one distribution differ as much, or more: 0 to 1.
      effect: rank-biserial correlation, -1 to 1: how much more often a time of the second
        sample is the longer one.
    """

    p_value: float
    effect: float


def mann_whitney(before: Sequence[float], after: Sequence[float]) -> Difference:
    """Compares two samples of at least one time each (two-sided, with continuity correction)."""
    first, second = len(before), len(after)
    u, ties = _u_statistic(before, after)
    effect = 2 * u / (first * second) - 1
    most = max(u, first * second - u)
    if min(first, second) <= _EXACT and not ties:
        p_value = min(1.0, 2 * _exact_tail(first, second, round(most)))
    else:
        p_value = _normal_p(first, second, most, ties)
    return Difference(p_value, effect)


def _u_statistic(before: Sequence[float], after: Sequence[float]) -> tuple[float, list[int]]:
    """Returns U of the second sample, and the sizes of groups of equal times."""
    marked = sorted([(time, False) for time in before] + [(time, True) for time in after])
    ranks = 0.0
    ties = []
    passed = 0
    for _, group in groupby(marked, key=lambda one: one[0]):
        members = list(group)
        count = len(members)
        ranks += (passed + (count + 1) / 2) * sum(late for _, late in members)
        passed += count
        if count > 1:
            ties.append(count)
    return ranks - len(after) * (len(after) + 1) / 2, ties


def _exact_tail(first: int, second: int, u: int) -> float:
    """Returns how likely a U this large or larger is if the samples do not differ."""
    # counts[k]: orders of the samples whose U is k; the Gaussian binomial coefficients.
    counts = [1]
    for step in range(1, min(first, second) + 1):
        counts = _times(counts, max(first, second) + step)
        counts = _divided(counts, step)
    return sum(counts[u:]) / math.comb(first + second, first)


def _times(counts: Sequence[int], power: int) -> list[int]:
    """Multiplies a polynomial by 1 - x^power."""
    product = list(counts) + [0] * power
    for index, count in enumerate(counts):
        product[index + power] -= count
    return product


def _divided(counts: Sequence[int], power: int) -> list[int]:
    """Divides a polynomial by 1 - x^power, which leaves no remainder."""
    quotient = list(counts)
    for index in range(power, len(quotient)):
        quotient[index] += quotient[index - power]
    return quotient[: len(quotient) - power]


def _normal_p(first: int, second: int, u: float, ties: Sequence[int]) -> float:
    """Returns the p value by the normal distribution, corrected for equal times."""
    total = first + second
    equal = sum(size**3 - size for size in ties) / (total * (total - 1))
    variance = first * second / 12 * (total + 1 - equal)
    if variance <= 0:
        return 1.0  # all times are equal
    z = (u - first * second / 2 - 0.5) / math.sqrt(variance)
    return min(1.0, 2 * (1 - NormalDist().cdf(z)))
