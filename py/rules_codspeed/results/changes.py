"""What a comparison knows: benchmarks as they were recorded, and what changed between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from rules_codspeed.results.limits import Limit

if TYPE_CHECKING:
    from rules_codspeed.results.significance import Difference

Verdict = Literal[
    "unchanged",
    "improved",
    "regressed",
    "new",
    "renamed",
    "missing",
    "not_repeatable",
    "not_comparable",
]
Key = tuple[str, str, str]
"""Label, mode and URI of a benchmark."""
VERDICTS: Sequence[Verdict] = (
    "regressed", "not_comparable", "not_repeatable", "missing", "new", "renamed", "improved",
    "unchanged",
)  # fmt: skip
"""Verdicts, worst first: a benchmark has the verdict of its worst metric."""
MOVED: frozenset[Verdict] = frozenset({"regressed", "improved"})
"""The verdicts on a number that is not what it was."""
SHOWN: frozenset[Verdict] = MOVED | {"not_repeatable"}
"""The verdicts on a metric whose numbers are shown."""

_LARGEST = 10**21
"""A larger change is none of whole numbers, and a `float` may not hold it."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A metric that another one sums up, before and after.

    Attributes:
      metric: its name.
      before: its value; None where it was not measured.
      after: likewise.
      limit: how far it may move before the other one decides.
      band: how far the layout of memory alone moves it; 0 where it is not known.
    """

    metric: str
    before: int | float | None
    after: int | float | None
    limit: Limit
    band: int = 0

    @property
    def counts(self) -> bool:
        """Whether it certainly moved farther than its limit and its band."""
        if self.before is None or self.after is None:
            return False
        return self.limit.passed(self.before, self.after, self.band)


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric of a benchmark, before and after.

    Attributes:
      metric: its name.
      before: its value; None where it was not measured.
      after: likewise.
      limit: how far it may move; None if only a budget is judged.
      budget: the most that it may be, or None.
      verdict: `regressed` above the limit or the budget, `improved` below the limit.
      times: walltime: how the times of both sides differ; None elsewhere.
      band: how far the layout of memory alone moves it, before and now together; 0 where it is
        not known.
      assumed: whether the band is what is taken for an interpreted program, not measured.
      within: what it sums up, where it passed its limit and gives no verdict, as none of
        these certainly passed theirs.
      by: what it sums up and decided, as far as it is not judged itself.
    """

    metric: str
    before: int | float | None
    after: int | float | None
    limit: Limit | None
    budget: int | None
    verdict: Verdict
    times: Difference | None = None
    band: int = 0
    assumed: bool = False
    within: tuple[Cause, ...] = ()
    by: tuple[Cause, ...] = ()

    @property
    def relative(self) -> float | None:
        """The change as a fraction of the value before; None where that is 0, or next to it."""
        if self.before is None or self.after is None or not self.before:
            return None
        if self.after == self.before:
            return 0.0
        change = Fraction(self.after) / Fraction(self.before) - 1
        return float(change) if change < _LARGEST else None

    @property
    def size(self) -> float:
        """How large the change is, to put the largest first: one from 0 is larger than any."""
        if self.relative is None:
            return math.inf if self.before is not None and self.after else 0.0
        return abs(self.relative)

    @property
    def exceeds(self) -> bool:
        """Whether it moved by more than the relative part of its limit, whatever the verdict."""
        if self.before is None or self.after is None or self.limit is None:
            return False
        return self.limit.exceeds(self.before, self.after)

    @property
    def is_small(self) -> bool:
        """Whether it moved by less than the absolute part of its limit."""
        if self.before is None or self.after is None or self.limit is None:
            return False
        return abs(self.after - self.before) < self.limit.floor

    @property
    def counts(self) -> bool:
        """Whether it moved farther than its limit and its band."""
        if self.before is None or self.after is None or self.limit is None:
            return False
        return self.limit.passed(self.before, self.after, self.band)

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
      renamed_from: what it was before, if it has another name or target now.
      whole: the verdict that it has without its metrics, for example `new`.
    """

    label: str
    mode: str
    uri: str
    verdict: Verdict
    reason: str
    metrics: tuple[MetricChange, ...]
    renamed_from: Key | None = None
    whole: Verdict = "unchanged"

    @property
    def key(self) -> Key:
        """Label, mode and URI of the benchmark."""
        return self.label, self.mode, self.uri

    @property
    def deciding(self) -> MetricChange | None:
        """The metric that gives the verdict; the first one where none moved."""
        compared = [one for one in self.metrics if None not in (one.before, one.after)]
        if self.verdict not in SHOWN:
            return compared[0] if compared else None
        deciding = [one for one in compared if one.verdict == self.verdict] or compared
        return max(deciding, key=lambda one: one.size, default=None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A benchmark as a baseline, a history or a run holds it.

    Attributes:
      metrics: number by name.
      rounds_ns: walltime: times by process and round.
      conditions: under which it was measured, as from `conditions`.
      inputs: digest of all that was measured; empty where it is not known.
      noise: by metric, how far the layout of memory alone moves it; empty where not measured.
    """

    metrics: Mapping[str, int | float]
    rounds_ns: Sequence[Sequence[float]] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)
    inputs: str = ""
    noise: Mapping[str, int] = field(default_factory=dict)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Returns the most important verdict; `unchanged` if there are none."""
    return min(verdicts, key=VERDICTS.index, default="unchanged")


def slower(changes: Iterable[Change]) -> bool:
    """Returns whether a benchmark got slower, or needs more."""
    return any(one.verdict == "regressed" for one in changes)
