"""Where the level of a series changed: PELT, with the change of the mean as its cost.

R. Killick, P. Fearnhead and I. A. Eckley, Optimal Detection of Changepoints With a Linear
Computational Cost, Journal of the American Statistical Association 107 (2012), 1590-1598. It finds
the partition with the smallest sum of squares, of all there are, where each change costs a penalty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median

_OF_NORMAL = 1.4826  # deviations of a normal distribution in its median absolute deviation
_LEAST_NOISE = 0.0025  # of the median: counts have none, and tiny steps interest nobody
_PENALTY = 3.0  # for each change, times the logarithm of the length


def noise(values: Sequence[float]) -> float:
    """Returns the standard deviation of a series within its levels, robust against its changes.

    It is taken from the differences of neighbours, and is at least a 400th part of the median.
    """
    steps = [after - before for before, after in pairwise(values)]
    deviation = _OF_NORMAL * median(map(abs, steps)) / math.sqrt(2) if steps else 0.0
    return max(deviation, _LEAST_NOISE * abs(median(values))) if values else 0.0


def change_points(values: Sequence[float]) -> list[int]:
    """Returns where levels begin, without the first one, as places in the series."""
    scale = noise(values)
    if len(values) < 2 or not scale or not math.isfinite(scale):
        return []
    penalty = _PENALTY * math.log(len(values))
    middle = median(values)
    scaled = [(one - middle) / scale for one in values]
    sums = [0.0, *accumulate(scaled)]
    squares = [0.0, *accumulate(one * one for one in scaled)]

    def cost(start: int, end: int) -> float:
        total = sums[end] - sums[start]
        return squares[end] - squares[start] - total * total / (end - start)

    best = [-penalty]  # of the series up to each place
    before = [0]  # where its last level begins
    candidates = [0]
    for end in range(1, len(values) + 1):
        costs = [best[start] + cost(start, end) for start in candidates]
        least = min(costs)
        best.append(least + penalty)
        before.append(candidates[costs.index(least)])
        # What already costs more than a change here never becomes the best.
        candidates = [
            start for start, one in zip(candidates, costs, strict=True) if one <= least + penalty
        ]
        candidates.append(end)
    return _starts(before)


def _starts(before: Sequence[int]) -> list[int]:
    found = []
    at = before[-1]
    while at:
        found.append(at)
        at = before[at]
    return found[::-1]
