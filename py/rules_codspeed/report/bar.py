"""A change as a bar of Unicode blocks, for terminals."""

from __future__ import annotations

import math

from rules_codspeed.results.changes import MetricChange

WIDTH = 8
"""Columns of the longest bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LARGEST = math.log(2)  # half or twice as much fills the bar


def bar(change: MetricChange) -> str:
    """Returns the bar of a change, as long as the logarithm of its ratio.

    Twice as much and half as much are equally long, and fill it; so do larger changes, and those
    from or to 0. Nothing stands for no change.
    """
    if change.before is None or change.after is None or change.before == change.after:
        return ""
    share = 1.0
    if change.relative is not None and change.relative > -1:
        share = min(1.0, abs(math.log1p(change.relative)) / _LARGEST)
    eighths = max(1, round(share * WIDTH * 8))
    return _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
