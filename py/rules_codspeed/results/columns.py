"""The columns that show the benchmarks of one mode, in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules_codspeed.results import metrics as names
from rules_codspeed.results.model import Benchmark
from rules_codspeed.results.time_text import time_text

ABSENT = "-"
"""What is shown of a number that was not measured."""

# Their titles, and those that save width.
_COUNTS = {
    "Ir": ("Instructions", "Instructions"),
    names.L1_MISSES: ("L1 misses", "L1 misses"),
    names.LL_MISSES: ("LL misses", "LL misses"),
    names.ESTIMATED_CYCLES: ("Estimated cycles", "Est. cycles"),
}

_Metrics = dict[str, int | float]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers.

    Attributes:
      title: its head.
      short: the same where width is dear.
      cells: text of each benchmark; flush right, their points are below each other.
      total: of all benchmarks; empty where a sum means nothing.
    """

    title: str
    short: str
    cells: list[str]
    total: str = ""


def columns(mode: str, benchmarks: Sequence[Benchmark]) -> list[Column]:
    """Returns the columns of benchmarks of one mode; none for what no benchmark has."""
    metrics = [one.metrics for one in benchmarks]
    return _time_columns(metrics) if mode == "walltime" else _count_columns(metrics)


def _count_columns(metrics: Sequence[_Metrics]) -> list[Column]:
    return [
        Column(title, short, _counts(name, metrics), _total(name, metrics))
        for name, (title, short) in _COUNTS.items()
        if any(name in one for one in metrics)
    ]


def _time_columns(metrics: Sequence[_Metrics]) -> list[Column]:
    made = [
        Column("Median", "Median", _times(names.MEDIAN, metrics)),
        Column("Mean", "Mean", _times(names.MEAN, metrics)),
        Column("Std dev", "Std dev", _deviations(metrics)),
        Column("Rounds", "Rounds", _counts(names.ROUNDS, metrics)),
        Column("Iterations", "Iterations", _counts(names.ITERATIONS, metrics)),
        Column("Outliers (IQR/std dev)", "Outliers", _outliers(metrics)),
        Column("Processes", "Processes", _processes(metrics)),
    ]
    return [one for one in made if any(cell != ABSENT for cell in one.cells)]


def _counts(name: str, metrics: Sequence[_Metrics]) -> list[str]:
    return [f"{one[name]:,}" if name in one else ABSENT for one in metrics]


def _total(name: str, metrics: Sequence[_Metrics]) -> str:
    return f"{sum(one.get(name, 0) for one in metrics):,}"


def _times(name: str, metrics: Sequence[_Metrics]) -> list[str]:
    return [time_text(one[name]) if name in one else ABSENT for one in metrics]


def _deviations(metrics: Sequence[_Metrics]) -> list[str]:
    """Returns standard deviations, and what share of the mean they are."""
    shares = _shares(names.STDEV, names.MEAN, metrics)
    longest = max(map(len, shares), default=0)
    return [
        time if time == ABSENT else f"{time} {share:>{longest}}"
        for time, share in zip(_times(names.STDEV, metrics), shares, strict=True)
    ]


def _shares(part: str, whole: str, metrics: Sequence[_Metrics]) -> list[str]:
    """Returns shares such as `(1.2%)`; nothing where one number is missing, or the whole zero."""
    return [
        f"({one[part] / one[whole]:.1%})" if part in one and one.get(whole) else ""
        for one in metrics
    ]


def _outliers(metrics: Sequence[_Metrics]) -> list[str]:
    """Returns the rounds far from the quartiles, and those far from the mean."""
    quartiles = _counts(names.IQR_OUTLIERS, metrics)
    deviations = _counts(names.STDEV_OUTLIERS, metrics)
    return [
        ABSENT if one == other == ABSENT else f"{one}/{other}"
        for one, other in zip(quartiles, deviations, strict=True)
    ]


def _processes(metrics: Sequence[_Metrics]) -> list[str]:
    """Returns how often programs ran, and what share of the median their medians deviate."""
    shares = _shares(names.BETWEEN_PROCESSES, names.MEDIAN, metrics)
    longest = max(map(len, shares), default=0)
    return [
        count if count == ABSENT else f"{count} {share:>{longest}}".rstrip()
        for count, share in zip(_counts(names.PROCESSES, metrics), shares, strict=True)
    ]
