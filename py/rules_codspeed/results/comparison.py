"""What changed between two sets of results, and whether it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from rules_codspeed.results.conditions import conditions, incomparable
from rules_codspeed.results.limits import Limits, Rules
from rules_codspeed.results.model import Benchmark, Results

Verdict = Literal["unchanged", "improved", "regressed", "new", "missing", "not_comparable"]
Key = tuple[str, str, str]
"""Label, mode and URI of a benchmark."""
RulesOf = Callable[[str, str], Rules]
"""Gives the limits of a target, by label and mode."""

FEWEST_ROUNDS = 5
"""On each side in walltime: with fewer, no order of the times is unlikely enough."""
_SIGNIFICANT = 0.01  # p value
_TIME = "_ns"  # how the name of a time ends

VERDICTS: Sequence[Verdict] = (
    "regressed", "not_comparable", "missing", "new", "improved", "unchanged",
)  # fmt: skip
"""Verdicts, worst first: a benchmark has the verdict of its worst metric."""


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric of a benchmark, before and after.

    Attributes:
      metric: its name.
      before: its value; None where it was not measured.
      after: likewise.
      limit: fraction that it may grow by; None if only a budget is judged.
      budget: the most that it may be, or None.
      verdict: `regressed` above the limit or the budget, `improved` below the limit.
      p_value: walltime: how likely such times are if nothing changed; None elsewhere.
      effect: walltime: -1 to 1, how regularly times are longer; None elsewhere.
    """

    metric: str
    before: int | float | None
    after: int | float | None
    limit: Fraction | None
    budget: int | None
    verdict: Verdict
    p_value: float | None = None
    effect: float | None = None

    @property
    def relative(self) -> float | None:
        """The change as a fraction of the value before; None where there is none."""
        if self.before is None or self.after is None or not self.before:
            return None
        return float(Fraction(self.after) / Fraction(self.before) - 1)

    @property
    def over_budget(self) -> bool:
        """Whether it is more than its budget."""
        return self.budget is not None and self.after is not None and self.after > self.budget


@dataclass(frozen=True, slots=True)
class Change:
    """One benchmark before and after.

    Attributes:
      label: Bazel label of its target.
      mode: how it was measured.
      uri: its name.
      verdict: of its worst metric.
      reason: for people, why there is no verdict, or what makes it doubtful; may be empty.
      metrics: what is judged, in the order of the limits.
    """

    label: str
    mode: str
    uri: str
    verdict: Verdict
    reason: str
    metrics: tuple[MetricChange, ...]

    @property
    def key(self) -> Key:
        """Label, mode and URI of the benchmark."""
        return self.label, self.mode, self.uri


@dataclass(frozen=True, slots=True)
class Recorded:
    """A benchmark as a baseline, a history or a run holds it.

    Attributes:
      metrics: number by name.
      rounds_ns: walltime: times by process and round.
      conditions: under which it was measured, as from `conditions`.
    """

    metrics: Mapping[str, int | float]
    rounds_ns: Sequence[Sequence[float]] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)


def recorded(results: Results) -> dict[Key, Recorded]:
    """Returns the benchmarks of results by label, mode and URI."""
    by_target = {(one.label, one.mode): conditions(one) for one in results.provenance}
    return {
        _key(one): Recorded(one.metrics, one.rounds_ns, by_target.get((one.label, one.mode), {}))
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
    changes = []
    for key in sorted(before.keys() | after.keys()):
        label, mode, uri = key
        rules = known.get((label, mode)) or known.setdefault((label, mode), rules_of(label, mode))
        changes.append(_change(key, before.get(key), after.get(key), rules.of(uri)))
    return changes


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Returns the most important verdict; `unchanged` if there are none."""
    return min(verdicts, key=VERDICTS.index, default="unchanged")


def _change(key: Key, before: Recorded | None, after: Recorded | None, limits: Limits) -> Change:
    if after is None:
        return Change(*key, "missing", "it is no longer measured", ())
    doubt = incomparable(before.conditions, after.conditions) if before else ""
    metrics = tuple(
        _judged(metric, before, after, limits, doubt)
        for metric in dict.fromkeys([*limits.relative, *limits.budget])
    )
    own: Verdict = "new" if before is None else "not_comparable" if doubt else "unchanged"
    verdict = worst([own, *(one.verdict for one in metrics)])
    if not doubt and verdict == "not_comparable":
        doubt = f"too few rounds: a verdict needs {FEWEST_ROUNDS} before and after"
    absent = [one.metric for one in metrics if one.after is None]
    if not doubt and absent:
        doubt = f"not measured: {', '.join(absent)}"
    return Change(*key, verdict, doubt, metrics)


def _judged(
    metric: str, before: Recorded | None, after: Recorded, limits: Limits, doubt: str
) -> MetricChange:
    """Judges one metric of a benchmark that is measured now."""
    old = before.metrics.get(metric) if before else None
    change = MetricChange(
        metric=metric,
        before=old,
        after=after.metrics.get(metric),
        limit=limits.relative.get(metric),
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
    return (
        _timed(change, before, after)
        if metric.endswith(_TIME)
        else replace(change, verdict=_moved(change))
    )


def _moved(change: MetricChange) -> Verdict:
    """Returns whether a metric left its limit, computed exactly."""
    assert change.before is not None
    assert change.after is not None
    assert change.limit is not None
    step = Fraction(change.before) * change.limit
    difference = Fraction(change.after) - Fraction(change.before)
    if difference > step:
        return "regressed"
    return "improved" if -difference > step else "unchanged"


def _timed(change: MetricChange, before: Recorded, after: Recorded) -> MetricChange:
    """Judges a time: it must leave its limit, and chance must be an unlikely cause."""
    first = [time for rounds in before.rounds_ns for time in rounds]
    second = [time for rounds in after.rounds_ns for time in rounds]
    if min(len(first), len(second)) < FEWEST_ROUNDS:
        return replace(change, verdict="not_comparable")
    # Needed only to compare times.
    from rules_codspeed.results.significance import mann_whitney

    difference = mann_whitney(first, second)
    moved = _moved(change) if difference.p_value < _SIGNIFICANT else "unchanged"
    return replace(change, verdict=moved, p_value=difference.p_value, effect=difference.effect)


def _key(benchmark: Benchmark) -> Key:
    return benchmark.label, benchmark.mode, benchmark.uri
