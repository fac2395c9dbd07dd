"""Earlier numbers of a report's benchmarks: runs once, and of each series what fits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rules_codspeed.report.html.change_points import change_points, noise
from rules_codspeed.report.html.model import Point
from rules_codspeed.report.html.text import visible
from rules_codspeed.results.changes import Key
from rules_codspeed.results.modes.registry import shown_metrics, trend_metrics

_ALL_POINTS = 100_000  # of each metric
_FEWEST_POINTS, _MOST_POINTS = 60, 1000
_LONGEST_COMMIT = 80  # characters


class Earlier(NamedTuple):
    """An earlier run.

    Attributes:
      commit: that was measured; may be empty.
      time: seconds since 1970.
      numbers: benchmarks, and their numbers by metric.
    """

    commit: str
    time: float
    numbers: Iterable[tuple[Key, Mapping[str, int | float]]]


def histories(runs: Iterable[Earlier]) -> dict[Key, dict[str, list[Point]]]:
    """Returns the series of a report's history, by benchmark and metric.

    Metrics that no chart shows are left out: a large suite has millions of numbers.

    Args:
      runs: the oldest first.
    """
    found: dict[Key, dict[str, list[Point]]] = {}
    for run in runs:
        for key, metrics in run.numbers:
            series = found.setdefault(key, {})
            for metric in trend_metrics(key[1]) & metrics.keys() or metrics:
                point = Point(run.commit, run.time, metrics[metric])
                series.setdefault(metric, []).append(point)
    return found


class Series(NamedTuple):
    """Numbers of one metric.

    Attributes:
      metric: its name.
      runs: in which runs, as numbered by `Runs`.
      values: what they were.
      changes: places in `values` at which the level changed.
      noise: standard deviation within levels.
    """

    metric: str
    runs: list[int]
    values: list[int | float]
    changes: list[int]
    noise: float


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
        return [self._of(metric, known[metric][-self._most :]) for metric in shown or sorted(known)]

    def _of(self, metric: str, points: Sequence[Point]) -> Series:
        values = [point.value for point in points]
        numbers = [self._number(point) for point in points]
        return Series(visible(metric), numbers, values, change_points(values), noise(values))

    def table(self) -> list[tuple[str, float | None]]:
        """Returns the commit of each run, and when it ran in seconds since 1970, if a date is."""
        return [
            (visible(commit, _LONGEST_COMMIT), time if _is_date(time) else None)
            for commit, time in self._numbers
        ]

    def _number(self, point: Point) -> int:
        return self._numbers.setdefault((point.commit, point.time), len(self._numbers))


def _is_date(seconds: float) -> bool:
    """Returns whether browsers have a date for a time: ECMA-262, 21.4.1.1."""
    return math.isfinite(seconds) and abs(seconds) <= 8.64e12
