"""The judgement: every benchmark of a test compared with its baseline."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rules_codspeed.judge.accepted import Accepted, accept
from rules_codspeed.judge.baseline import Baseline
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.measured import Measured
from rules_codspeed.results.changes import Change, Verdict
from rules_codspeed.results.comparison import compare, with_reasons
from rules_codspeed.results.model import Unmeasured

# A benchmark that nobody judged must not make a test green.
_FAILING: Sequence[Verdict] = ("regressed", "new", "renamed", "missing", "not_comparable")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a test found.

    Attributes:
      changes: of every benchmark.
      expired: lines of the baseline that would have accepted a change, until their day passed.
      unmeasured: benchmarks without a number, and targets that failed.
    """

    changes: tuple[Change, ...]
    expired: tuple[Accepted, ...]
    unmeasured: tuple[Unmeasured, ...] = ()

    @property
    def failed(self) -> list[Change]:
        """The changes that the test fails for."""
        return [change for change in self.changes if fails(change)]

    @property
    def broken(self) -> list[Unmeasured]:
        """The benchmarks and targets that failed to give a number."""
        return [one for one in self.unmeasured if one.outcome == "failed"]

    @property
    def passes(self) -> bool:
        """Whether the test passes: something was judged, and all of it is fine."""
        return bool(self.changes) and not self.failed and not self.broken


def fails(change: Change) -> bool:
    """Tells whether a test fails for a change."""
    return change.verdict in _FAILING


def judge(config: Config, baseline: Baseline, now: Measured, today: datetime.date) -> Judgement:
    """Compares what was measured with a baseline.

    Args:
      config: what the test is about.
      baseline: what to compare with.
      now: what was measured.
      today: the day it is.

    Raises:
      CodSpeedError: limits cannot be followed.
    """
    changes = []
    expired: list[Accepted] = []
    compared = compare(baseline.benchmarks, now.benchmarks, config.rules_of)
    for change in with_reasons(compared, now.unmeasured):
        accepted, late = accept(change, baseline.accepted, today)
        changes.append(accepted)
        expired += late if fails(accepted) else []
    return Judgement(tuple(changes), tuple(expired), tuple(now.unmeasured))
