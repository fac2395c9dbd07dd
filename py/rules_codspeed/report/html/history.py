"""Earlier numbers of a report's benchmarks: runs once, and of each series what fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from rules_codspeed.report.html.model import Point
from rules_codspeed.report.html.text import visible
from rules_codspeed.results.modes.registry import shown_metrics

_ALL_POINTS = 100_000  # of each metric
_FEWEST_POINTS, _MOST_POINTS = 60, 1000
_LONGEST_COMMIT = 80  # characters


class Series(NamedTuple):
    """Numbers of one metric: in which runs, as numbered by `Runs`, and what they were."""

    metric: str
    runs: list[int]
    values: list[int | float]


class Runs:
    """Numbers runs, by commit and time, in the order of their first use."""

    def __init__(self, benchmarks: int) -> None:
        """Starts empty.

        Args:
          benchmarks: how many the report has, which decides how long their series may be.
        """
        self._numbers: dict[tuple[str, float], int] = {}
        share = _ALL_POINTS // max(1, benchmarks)
        self._most = max(_FEWEST_POINTS, min(_MOST_POINTS, share))

    def series(self, mode: str, history: Mapping[str, Sequence[Point]]) -> list[Series]:
        """Returns the series of a benchmark, one for each metric.

        These are the headline metrics of the mode, or all others if the benchmark has none of
        them: nobody looks at more than a few charts.

        Args:
          mode: of the benchmark.
          history: by metric.
        """
        known = {metric: points for metric, points in history.items() if points}
        shown = [metric for metric in shown_metrics(mode, [known]) if metric in known]
        return [
            Series(
                visible(metric),
                [self._number(point) for point in history[metric][-self._most :]],
                [point.value for point in history[metric][-self._most :]],
            )
            for metric in shown or sorted(metric for metric in history if history[metric])
        ]

    def table(self) -> list[list[str]]:
        """Returns commit and date of each run."""
        return [[visible(commit, _LONGEST_COMMIT), _date(time)] for commit, time in self._numbers]

    def _number(self, point: Point) -> int:
        return self._numbers.setdefault((point.commit, point.time), len(self._numbers))


def _date(seconds: float) -> str:
    """Returns a time in UTC for people; empty if it is not a valid time."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""
