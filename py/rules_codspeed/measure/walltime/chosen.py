"""Which of several runs of a program is kept: the one of median speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_LEAST_NS = 1e-6  # a measured time of zero has no logarithm


def lower_median(runs: Sequence[Mapping[str, Mapping[str, Any]]]) -> int:
    """Returns the index of the run whose speed is the lower median.

    A run is as slow as the product of the medians of the benchmarks that all runs have.

    Args:
      runs: of each run, statistics (spec: walltime 6.2) by URI; one run at least.
    """
    common = sorted(set(runs[0]).intersection(*runs))

    def slowness(number: int) -> float:
        medians = (runs[number][uri]["median_ns"] for uri in common)
        return math.fsum(math.log(max(median, _LEAST_NS)) for median in medians)

    return sorted(range(len(runs)), key=slowness)[(len(runs) - 1) // 2]
