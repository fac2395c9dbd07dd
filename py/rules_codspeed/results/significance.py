"""Whether two sets of times differ: the Mann-Whitney U test, and how much they differ.

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
SIGNIFICANT = 0.01
"""A p value below it is unlikely enough; intervals hold what is not."""
_MOST_TIMES = 64  # of each sample, evenly out of the sorted ones, for the interval


@dataclass(frozen=True, slots=True)
class Difference:
    """How two samples differ.

    Attributes:
      p_value: how likely samples of one distribution differ as much, or more: 0 to 1.
      effect: rank-biserial correlation, -1 to 1: how much more often a time of the second
        sample is the longer one.
      interval: the change as fractions of the time before, from and to, at 99 %; None where
        a time before is zero.
    """

    p_value: float
    effect: float
    interval: tuple[float, float] | None = None

    @property
    def direction(self) -> int:
        """1 if the second sample is certainly longer, -1 if shorter, 0 if it is not certain.

        The test, the sign of the effect and the interval must agree.
        """
        if self.p_value >= SIGNIFICANT:
            return 0
        low, high = self.interval or (self.effect, self.effect)
        if self.effect > 0 and low > 0:
            return 1
        return -1 if self.effect < 0 and high < 0 else 0


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
    return Difference(p_value, effect, _interval(before, after))


def _interval(before: Sequence[float], after: Sequence[float]) -> tuple[float, float] | None:
    """Returns the interval of Hodges and Lehmann: the middle of all ratios of two times.

    How many ratios are left out at each end inverts the normal form of the test.
    """
    ratios = sorted(
        second / first - 1 for first in _thinned(before) if first > 0 for second in _thinned(after)
    )
    if not ratios or min(before) <= 0:
        return None
    count = len(before) * len(after)
    deviation = math.sqrt((len(before) + len(after) + 1) / (12 * count))
    left_out = 0.5 - NormalDist().inv_cdf(1 - SIGNIFICANT / 2) * deviation
    at = max(0, int(left_out * len(ratios)))
    return ratios[at], ratios[-1 - at]


def _thinned(times: Sequence[float]) -> Sequence[float]:
    """Returns at most `_MOST_TIMES` of the times, evenly out of the sorted ones."""
    if len(times) <= _MOST_TIMES:
        return times
    in_order = sorted(times)
    last = len(in_order) - 1
    return [in_order[last * index // (_MOST_TIMES - 1)] for index in range(_MOST_TIMES)]


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
    # Not 1 - cdf(z), which is 0 from z = 8.3 on.
    return min(1.0, math.erfc(z / math.sqrt(2)))
