"""Changes that are accepted for a while: lines of a baseline with a reason and a last day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rules_codspeed.results.changes import Change, MetricChange, worst


@dataclass(frozen=True, slots=True)
class Accepted:
    """One line.

    Attributes:
      benchmark: URI.
      metric: its name.
      most: the value that is accepted.
      until: the last day.
      reason: for a person.
    """

    benchmark: str
    metric: str
    most: int | float
    until: datetime.date
    reason: str

    def document(self) -> dict[str, object]:
        """Returns it as a baseline holds it."""
        return {
            "benchmark": self.benchmark,
            "metric": self.metric,
            "most": self.most,
            "until": self.until.isoformat(),
            "reason": self.reason,
        }


def accept(
    change: Change, lines: Iterable[Accepted], today: datetime.date
) -> tuple[Change, list[Accepted]]:
    """Takes accepted changes out of a change.

    Args:
      change: of one benchmark.
      lines: of the baseline.
      today: the day it is.

    Returns:
      The change, its accepted metrics `unchanged`, and the lines for it whose day has passed.
      A benchmark that is new, or cannot be compared, stays so.
    """
    own = {line.metric: line for line in lines if line.benchmark == change.uri}
    expired = [line for line in own.values() if line.until < today]
    valid = {metric: line for metric, line in own.items() if line.until >= today}
    metrics = tuple(_accepted(metric, valid) for metric in change.metrics)
    if metrics == change.metrics:
        return change, expired
    verdict = worst([change.whole, *(one.verdict for one in metrics)])
    kept = change.reason if change.whole != "unchanged" else ""
    reason = "; ".join(filter(None, [kept, _reason(valid)]))
    return replace(change, metrics=metrics, verdict=verdict, reason=reason), expired


def _accepted(metric: MetricChange, valid: Mapping[str, Accepted]) -> MetricChange:
    line = valid.get(metric.metric)
    if metric.verdict != "regressed" or not line or metric.after is None:
        return metric
    return replace(metric, verdict="unchanged") if metric.after <= line.most else metric


def _reason(valid: Mapping[str, Accepted]) -> str:
    return "; ".join(
        f"{line.metric} is accepted until {line.until}: {line.reason}" for line in valid.values()
    )
