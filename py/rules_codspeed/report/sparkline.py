"""A series of numbers as a line of Unicode blocks, for Markdown and terminals."""

from __future__ import annotations

from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST = 16  # numbers


def sparkline(values: Sequence[int | float]) -> str:
    """Returns a block for each of the last numbers, from the least to the largest of them.

    Equal numbers are blocks of half the height; fewer than two numbers are no series.
    """
    shown = values[-_MOST:]
    if len(shown) < 2:
        return ""
    low, high = min(shown), max(shown)
    if low == high:
        return _BLOCKS[3] * len(shown)
    return "".join(_BLOCKS[_step(one, low, high)] for one in shown)


def _step(value: float, low: float, high: float) -> int:
    # Halved first: the difference of two floats may be more than a float holds.
    part = (value / 2 - low / 2) / (high / 2 - low / 2)
    return min(len(_BLOCKS) - 1, int(part * len(_BLOCKS)))
