"""The columns that show the benchmarks of one mode, in a terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_codspeed.results.size_text import size_text
from rules_codspeed.results.time_text import time_text

ABSENT = "-"
"""What is shown for a number that was not measured."""

Metrics = dict[str, int | float]
"""The metrics of one benchmark by name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers.

    Attributes:
      title: its heading.
      short: its heading where width is scarce.
      cells: text of each benchmark; flush right, their decimal points line up.
      total: of all benchmarks; empty where a sum has no meaning.
    """

    title: str
    short: str
    cells: list[str]
    total: str = ""


def count_columns(
    titles: Mapping[str, tuple[str, str]], metrics: Sequence[Metrics]
) -> list[Column]:
    """Returns columns of counts that may be added up, except for metrics that no benchmark has.

    Args:
      titles: by metric, the title and the short one.
      metrics: of each benchmark.
    """
    return [
        Column(title, short, counts(name, metrics), _total(name, metrics))
        for name, (title, short) in titles.items()
        if any(name in one for one in metrics)
    ]


def counts(name: str, metrics: Sequence[Metrics]) -> list[str]:
    """Returns the cells of a count."""
    return [f"{one[name]:,}" if name in one else ABSENT for one in metrics]


def _total(name: str, metrics: Sequence[Metrics]) -> str:
    return f"{sum(one.get(name, 0) for one in metrics):,}"


def times(name: str, metrics: Sequence[Metrics]) -> list[str]:
    """Returns the cells of a time in nanoseconds."""
    return [time_text(one[name]) if name in one else ABSENT for one in metrics]


def sizes(name: str, metrics: Sequence[Metrics]) -> list[str]:
    """Returns the cells of a size in bytes."""
    return [size_text(one[name]) if name in one else ABSENT for one in metrics]


def shares(part: str, whole: str, metrics: Sequence[Metrics]) -> list[str]:
    """Returns shares, for example `(1.2%)`; empty if a number is missing or the whole is zero."""
    return [
        f"({one[part] / one[whole]:.1%})" if part in one and one.get(whole) else ""
        for one in metrics
    ]
