"""The judgement: every benchmark of a test compared with its baseline."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_codspeed.judge.accepted import Accepted, accept
from rules_codspeed.judge.baseline import Baseline
from rules_codspeed.judge.config import Config
from rules_codspeed.results.changes import Change, Key, Recorded, Verdict
from rules_codspeed.results.comparison import compare

# A benchmark that nobody judged must not make a test green.
_FAILING: Sequence[Verdict] = ("regressed", "new", "renamed", "missing", "not_comparable")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a test found.

    Attributes:
      changes: of every benchmark.
      expired: lines of the baseline that would have accepted a change, until their day passed.
    """

    changes: tuple[Change, ...]
    expired: tuple[Accepted, ...]

    @property
    def failed(self) -> list[Change]:
        """The changes that the test fails for."""
        return [change for change in self.changes if fails(change)]

    @property
    def passes(self) -> bool:
        """Whether the test passes: something was judged, and all of it is fine."""
        return bool(self.changes) and not self.failed


def fails(change: Change) -> bool:
    """Tells whether a test fails for a change."""
    return change.verdict in _FAILING


def judge(
    config: Config, baseline: Baseline, now: Mapping[Key, Recorded], today: datetime.date
) -> Judgement:
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
    for change in compare(baseline.benchmarks, now, config.rules_of):
        accepted, late = accept(change, baseline.accepted, today)
        changes.append(accepted)
        expired += late if fails(accepted) else []
    return Judgement(tuple(changes), tuple(expired))
