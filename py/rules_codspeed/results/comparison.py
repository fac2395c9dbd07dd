"""What changed between two sets of results, and whether it matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rules_codspeed.contract.accounting import headline
from rules_codspeed.results.changes import (
    MOVED,
    Change,
    Key,
    MetricChange,
    Recorded,
    Verdict,
    worst,
)
from rules_codspeed.results.conditions import conditions, incomparable
from rules_codspeed.results.contents import unknown
from rules_codspeed.results.limits import Limits, Rules, with_better
from rules_codspeed.results.metric_verdict import FEWEST_ROUNDS, judge_metric
from rules_codspeed.results.model import Benchmark, Results, Unmeasured
from rules_codspeed.results.modes.registry import is_timed, mode_of
from rules_codspeed.results.renames import renames

RulesOf = Callable[[str, str], Rules]
"""Gives the limits of a target, by label and mode."""


def recorded(results: Results) -> dict[Key, Recorded]:
    """Returns the benchmarks of results by label, mode and URI."""
    by_target = {(one.label, one.mode): (conditions(one), one.inputs) for one in results.provenance}
    return {
        _key(one): Recorded(
            one.metrics, one.rounds_ns, *by_target.get((one.label, one.mode), ({}, "")), one.noise
        )
        for one in results.benchmarks
    }


def compare(
    before: Mapping[Key, Recorded], after: Mapping[Key, Recorded], rules_of: RulesOf
) -> list[Change]:
    """Compares two sets of benchmarks.

    Args:
      before: the benchmarks to compare with.
      after: the benchmarks measured now.
      rules_of: the limits of a target.

    Returns:
      One change per benchmark, sorted by label, mode and URI.
    """
    known: dict[tuple[str, str], Rules] = {}

    def change(key: Key, was: Key | None) -> Change:
        label, mode, uri = key
        rules = known.get((label, mode)) or known.setdefault((label, mode), rules_of(label, mode))
        return _change(key, before.get(was or key), after.get(key), rules.of(uri))

    def is_renamed(old: Key, new: Key) -> bool:
        return change(new, old).verdict == "unchanged"

    gone = {key: _exact(key, before[key]) for key in before.keys() - after.keys()}
    added = {key: _exact(key, after[key]) for key in after.keys() - before.keys()}
    was = renames(gone, added, is_renamed)
    keys = (before.keys() | after.keys()) - set(was.values())
    return [_renamed(change(key, was.get(key)), was.get(key)) for key in sorted(keys)]


def with_reasons(changes: Sequence[Change], unmeasured: Iterable[Unmeasured]) -> list[Change]:
    """Returns changes in which a benchmark that is missing now states why.

    Args:
      changes: of `compare`.
      unmeasured: what gave no number now.
    """
    why = {(one.label, one.mode, one.uri): one for one in unmeasured}

    def explained(change: Change) -> Change:
        found = why.get(change.key) or why.get((change.label, change.mode, ""))
        if change.verdict != "missing" or not found:
            return change
        return replace(change, reason=f"{found.outcome}: {headline(found.reason)}")

    return list(map(explained, changes))


def _exact(key: Key, one: Recorded) -> int | float | None:
    """Returns the number by which a benchmark is known under another name; None if it has none."""
    (metric, *_) = mode_of(key[1]).headline or ("",)
    return None if is_timed(key[1]) else one.metrics.get(metric) or None


def _renamed(change: Change, was: Key | None) -> Change:
    if was is None:
        return change
    label, _, uri = was
    names = [uri] if uri != change.uri else []
    names += [label] if label != change.label else []
    reason = f"it was {' of '.join(names)} before"
    return replace(change, verdict="renamed", reason=reason, renamed_from=was)


def _change(key: Key, before: Recorded | None, after: Recorded | None, limits: Limits) -> Change:
    if after is None:
        return Change(*key, "missing", "it is no longer measured", ())
    doubt = incomparable(before.conditions, after.conditions) if before else ""
    limits = with_better(limits, key[1], [one.metrics for one in (before, after) if one])
    metrics = tuple(
        judge_metric(metric, key[1], before, after, limits, doubt)
        for metric in dict.fromkeys([*limits.moves, *limits.budget])
    )
    if before and not doubt and _is_unrepeatable(key[1], before, after, metrics):
        metrics = tuple(map(_unrepeatable, metrics))
        verdict = worst(["not_repeatable", *(one.verdict for one in metrics)])
        return Change(*key, verdict, "the same inputs gave other numbers", metrics)
    whole: Verdict = "new" if before is None else "not_comparable" if doubt else "unchanged"
    verdict = worst([whole, *(one.verdict for one in metrics)])
    reason = doubt or _reason(before, metrics)
    if not reason and before:
        reason = unknown(before.conditions, after.conditions)
    return Change(*key, verdict, reason, metrics, whole=whole)


def _reason(before: Recorded | None, metrics: Sequence[MetricChange]) -> str:
    """Returns why a metric of comparable benchmarks could not be judged; empty if all could."""
    reasons = []
    if any(one.verdict == "not_comparable" for one in metrics):
        reasons.append(f"too few rounds: a verdict needs {FEWEST_ROUNDS} before and after")
    gone = [one.metric for one in metrics if one.after is None and one.before is not None]
    absent = [one.metric for one in metrics if one.after is None and one.before is None]
    added = [one.metric for one in metrics if one.verdict == "new"] if before else []
    for words, names in [
        ("no longer measured", gone),
        ("not measured", absent),
        ("not measured before", added),
    ]:
        reasons += [f"{words}: {', '.join(names)}"] if names else []
    return "; ".join(reasons)


def _is_unrepeatable(
    mode: str, before: Recorded, after: Recorded, metrics: Sequence[MetricChange]
) -> bool:
    """Returns whether the same inputs gave other counts, or times that differ beyond chance."""
    if not before.inputs or before.inputs != after.inputs:
        return False
    if is_timed(mode):
        return any(one.verdict in MOVED and not one.over_budget for one in metrics)
    return any(after.metrics.get(metric) != value for metric, value in before.metrics.items())


def _unrepeatable(change: MetricChange) -> MetricChange:
    if change.over_budget or change.before == change.after or change.after is None:
        return change
    return replace(change, verdict="not_repeatable", within=(), by=())


def _key(benchmark: Benchmark) -> Key:
    return benchmark.label, benchmark.mode, benchmark.uri
