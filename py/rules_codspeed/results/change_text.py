"""Changes in words and numbers, for terminals and test logs."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rules_codspeed.results.changes import Cause, Change, MetricChange
from rules_codspeed.results.modes.mode import BYTES, HUNDREDTHS, NANOSECONDS
from rules_codspeed.results.modes.registry import unit
from rules_codspeed.results.size_text import plain_size_text
from rules_codspeed.results.time_text import time_text

_LEAST_P = 0.0001


def metric_text(change: MetricChange) -> str:
    """Returns before, after and limits, such as `1,000 -> 1,030   +3.00 %   limit 1 % and 5`."""
    parts = [_step(change.metric, change.before, change.after)]
    if percent := percent_text(change):
        parts.append(percent)
    if interval := interval_text(change):
        parts[-1] += f" ({interval})"
    if change.limit is not None:
        parts.append(f"limit {limit_text(change)}")
    if change.budget is not None:
        parts.append(
            f"budget {number_text(change.metric, change.budget)}"
            + (" exceeded" if change.over_budget else "")
        )
    if change.times:
        parts.append(_p_text(change.times.p_value))
    if change.by:
        parts.append(by_text(change))
    return "   ".join(parts)


def limit_text(one: MetricChange | Cause) -> str:
    """Returns a limit and how far the layout alone moves a metric: `1 % and 5, layout ±300`."""
    if one.limit is None:
        return ""
    text = f"{one.limit} {unit(one.metric)}".rstrip() if one.limit.floor else str(one.limit)
    return f"{text}, layout ±{one.band:,}" if one.band else text


def interval_text(change: MetricChange) -> str:
    """Returns between which percentages a change lies; empty where it is not known."""
    return _interval_text(change.times.interval) if change.times and change.times.interval else ""


def by_text(change: MetricChange) -> str:
    """Returns what decided on a metric that sums it up; empty where that is judged itself."""
    return f"by {_causes_text(change.by)}" if change.by else ""


def _causes_text(causes: Sequence[Cause]) -> str:
    return ", ".join(
        f"{one.metric} {_step(one.metric, one.before, one.after)} (limit {limit_text(one)})"
        for one in causes
    )


def remark(change: Change) -> str:
    """Returns why there is no verdict, or why a metric gives none; empty if there is no reason."""
    reasons = [change.reason, *(_undecided(one) for one in change.metrics)]
    return "; ".join(filter(None, reasons))


def _undecided(change: MetricChange) -> str:
    """Returns why a metric gives no verdict that moved by a large part; empty where it does."""
    if change.verdict != "unchanged" or not change.exceeds or change.limit is None:
        return ""
    moved = f"{change.metric} {percent_text(change)} gives no verdict"
    if change.is_small:
        least = f"{change.limit.floor:,} {unit(change.metric)}".rstrip()
        return f"{moved}: it is a change of less than {least}"
    if not change.counts:
        moves = "may move" if change.assumed else "moves"
        hint = ", which the setting layouts measures" if change.assumed else ""
        return f"{moved}: the layout of memory alone {moves} it by up to {change.band:,}{hint}"
    if change.within:
        known = all(None not in (one.before, one.after) for one in change.within)
        state = "is within its limits" if known else "was not measured on both sides"
        return f"{moved}: what it sums up {state}: {_causes_text(change.within)}"
    if change.times:
        interval = change.times.interval
        between = f", the change lies in {_interval_text(interval)}" if interval else ""
        return f"{moved}: the rounds do not confirm it ({_p_text(change.times.p_value)}{between})"
    return ""


def _step(metric: str, before: float | None, after: float | None) -> str:
    texts = [number_text(metric, value) for value in (before, after)]
    if unit(metric) == BYTES and texts[0] == texts[1] and before != after:
        texts = [f"{value:,} B" for value in (before, after)]
    return " -> ".join(texts)


def _interval_text(interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{low * 100:+.2f} to {high * 100:+.2f} %"


def _p_text(p_value: float) -> str:
    return f"p < {_LEAST_P:.4f}" if p_value < _LEAST_P else f"p = {p_value:.2g}"


def percent_text(change: MetricChange) -> str:
    """Returns the change with enough digits to differ from its limit, and from 0.

    It is `from 0` where there is no percentage, or only one of very many digits, and empty
    without a change.
    """
    if change.before is None or change.after is None:
        return ""
    if change.relative is None:
        return "from 0" if change.after else ""
    if change.after == change.before:
        return f"{0:+.2f} %"
    exact = (Fraction(change.after) / Fraction(change.before) - 1) * 100
    limit = change.limit.relative * 100 if change.limit is not None else None
    for digits in range(2, 9):
        shown = Fraction(f"{float(exact):.{digits}f}")
        if (shown != limit or exact == limit) and (shown or not exact):
            break
    return f"{float(exact):+.{digits}f} %"


def number_text(metric: str, value: int | float | None) -> str:
    """Returns the number of a metric for people; `-` if it was not measured."""
    if value is None:
        return "-"
    if unit(metric) == NANOSECONDS:
        return time_text(value).rstrip()
    if unit(metric) == BYTES:
        return plain_size_text(value)
    if unit(metric) == HUNDREDTHS:
        return f"{value / 100:,.2f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
