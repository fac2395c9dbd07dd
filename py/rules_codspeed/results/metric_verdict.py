"""The verdict on one metric of a benchmark that was measured before and now."""

from __future__ import annotations

from dataclasses import replace

from rules_codspeed.results.changes import Cause, MetricChange, Recorded, Verdict
from rules_codspeed.results.contents import INTERPRETER
from rules_codspeed.results.limits import Limit, Limits, default_limits
from rules_codspeed.results.modes.mode import ISOLATED, NANOSECONDS
from rules_codspeed.results.modes.registry import mode_of, unit

FEWEST_ROUNDS = 5
"""On each side in walltime: with fewer, no order of the times is unlikely enough."""


def judge_metric(
    metric: str, mode: str, before: Recorded | None, after: Recorded, limits: Limits, doubt: str
) -> MetricChange:
    """Judges one metric of a benchmark that is measured now.

    Args:
      metric: its name.
      mode: in which it was measured.
      before: the benchmark as it was; None if it was not measured.
      after: the benchmark as it is.
      limits: of the benchmark.
      doubt: why the two cannot be compared; empty if they can.
    """
    old = before.metrics.get(metric) if before else None
    change = MetricChange(
        metric=metric,
        before=old,
        after=after.metrics.get(metric),
        limit=limits.moves.get(metric),
        budget=limits.budget.get(metric),
        verdict="unchanged",
    )
    if change.after is None:
        return replace(change, verdict="missing")
    if change.over_budget:
        return replace(change, verdict="regressed")
    if before is None or old is None:
        return replace(change, verdict="new")
    if doubt:
        return replace(change, verdict="not_comparable")
    if change.limit is None:
        return change
    known = _noise(metric, before, after)
    band = _band(metric, before, after, change.limit)
    change = replace(change, band=band, assumed=bool(band) and not known)
    if unit(metric) == NANOSECONDS:
        return _timed(change, before, after)
    verdict = _moved(change)
    if verdict != "unchanged":
        causes = _causes(metric, mode, before, after, limits)
        deciding = [one for one in causes if _moved(one) == verdict]
        if causes and not deciding:
            return replace(change, within=causes)
        by = tuple(one for one in deciding if one.metric not in limits.moves)
        return replace(change, verdict=verdict, by=by)
    return change


def _moved(change: MetricChange | Cause) -> Verdict:
    """Returns whether a metric left its limit."""
    if not change.counts:
        return "unchanged"
    assert change.before is not None
    assert change.after is not None
    return "regressed" if change.after > change.before else "improved"


def _noise(metric: str, before: Recorded, after: Recorded) -> list[int]:
    """Returns how far the layout moves a metric, for each side where that was measured."""
    return [one.noise[metric] for one in (before, after) if metric in one.noise]


def _band(metric: str, before: Recorded, after: Recorded, limit: Limit) -> int:
    """Returns how far the layout moves a metric on both sides together; 0 where it is not known.

    Where it was measured on one side only, the other one is taken to be the same. What was
    measured on neither has the band that the limit states for interpreted programs.
    """
    known = _noise(metric, before, after)
    if known:
        return 2 * sum(known) // len(known)
    if INTERPRETER not in after.conditions:
        return 0
    band = int(before.metrics.get(metric, 0) * limit.unmeasured)
    is_isolated = limit.isolated is not None and after.conditions.get(ISOLATED) == "yes"
    return min(band, limit.isolated or 0) if is_isolated else band


def _causes(
    metric: str, mode: str, before: Recorded, after: Recorded, limits: Limits
) -> tuple[Cause, ...]:
    """Returns what a metric sums up; nothing where some of it is known on neither side."""
    known = default_limits(mode)
    causes = []
    for name in mode_of(mode).causes.get(metric, ()):
        old, new = before.metrics.get(name), after.metrics.get(name)
        if old is None and new is None:
            return ()
        limit = limits.moves.get(name) or known[name]
        causes.append(Cause(name, old, new, limit, _band(name, before, after, limit)))
    return tuple(causes)


def _timed(change: MetricChange, before: Recorded, after: Recorded) -> MetricChange:
    """Judges a time: it must leave its limit, and the times must differ the same way."""
    first = [time for rounds in before.rounds_ns for time in rounds]
    second = [time for rounds in after.rounds_ns for time in rounds]
    if min(len(first), len(second)) < FEWEST_ROUNDS:
        return replace(change, verdict="not_comparable")
    # Needed only to compare times.
    from rules_codspeed.results.significance import mann_whitney

    difference = mann_whitney(first, second)
    moved = _moved(change)
    agrees = moved == {1: "regressed", -1: "improved"}.get(difference.direction)
    return replace(change, verdict=moved if agrees else "unchanged", times=difference)
