"""Changes in words and numbers, for terminals and test logs."""

from __future__ import annotations

from fractions import Fraction

from rules_codspeed.results.comparison import MetricChange
from rules_codspeed.results.modes.mode import NANOSECONDS
from rules_codspeed.results.modes.registry import unit
from rules_codspeed.results.time_text import time_text


def metric_text(change: MetricChange) -> str:
    """Returns before, after and limits, such as `1,000 -> 1,030   +3.00 %   limit 2 %`."""
    parts = [
        f"{number_text(change.metric, change.before)} -> {number_text(change.metric, change.after)}"
    ]
    if percent := percent_text(change):
        parts.append(percent)
    if change.limit is not None:
        parts.append(f"limit {float(change.limit * 100):g} %")
    if change.budget is not None:
        parts.append(f"budget {change.budget:,}" + (" exceeded" if change.over_budget else ""))
    if change.p_value is not None:
        parts.append(f"p = {change.p_value:.2g}")
    return "   ".join(parts)


def percent_text(change: MetricChange) -> str:
    """Returns the change with enough digits to differ from its limit; empty without a change."""
    if not change.before or change.after is None:
        return ""
    exact = (Fraction(change.after) / Fraction(change.before) - 1) * 100
    limit = change.limit * 100 if change.limit is not None else None
    for digits in range(2, 9):
        shown = Fraction(f"{float(exact):.{digits}f}")
        if shown != limit or exact == limit:
            break
    return f"{float(exact):+.{digits}f} %"


def number_text(metric: str, value: int | float | None) -> str:
    """Returns the number of a metric for people; `-` if it was not measured."""
    if value is None:
        return "-"
    if unit(metric) == NANOSECONDS:
        return time_text(value).rstrip()
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
