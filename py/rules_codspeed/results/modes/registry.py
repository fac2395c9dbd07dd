"""The modes by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module

from rules_codspeed.contract.modes import MODES
from rules_codspeed.results.model import Benchmark
from rules_codspeed.results.modes.columns import ABSENT, Column, Metrics, count_columns
from rules_codspeed.results.modes.mode import NANOSECONDS, Metric, Mode


@cache
def mode_of(name: str) -> Mode:
    """Returns a mode.

    A mode that this version does not know, for example from a history that a later version
    wrote, has no declared metrics: all are shown by their names, and none is judged.
    """
    if name not in MODES:
        return Mode(name, metrics=(), headline=(), columns=_all_columns)
    module = import_module(f"rules_codspeed.results.modes.{name}")
    mode: Mode = module.MODE
    return mode


def _all_columns(metrics: Sequence[Metrics]) -> list[Column]:
    names = dict.fromkeys(name for one in metrics for name in one)
    return count_columns({name: (name, name) for name in names}, metrics)


def is_timed(mode: str) -> bool:
    """Returns whether the numbers of a mode are times, which never are the same twice."""
    return any(unit(metric) == NANOSECONDS for metric in mode_of(mode).headline[:1])


def shown_metrics(mode: str, measured: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """Returns the metrics that describe benchmarks of a mode in one line.

    Args:
      mode: of the benchmarks.
      measured: by metric, what each of them has: a better metric is shown where all have it.
    """
    better = {one: other for one, other in mode_of(mode).better.items() if _all(other, measured)}
    return tuple(better.get(metric, metric) for metric in mode_of(mode).headline)


@cache
def trend_metrics(mode: str) -> frozenset[str]:
    """Returns the metrics that may describe a benchmark in one line: those of `shown_metrics`."""
    return frozenset([*mode_of(mode).headline, *mode_of(mode).better.values()])


def _all(metric: str, measured: Sequence[Mapping[str, object]]) -> bool:
    return bool(measured) and all(metric in one for one in measured)


def columns(mode: str, benchmarks: Sequence[Benchmark]) -> list[Column]:
    """Returns the columns of benchmarks of one mode, except those that no benchmark has."""
    made = mode_of(mode).columns([one.metrics for one in benchmarks])
    main = mode_of(mode).headline[:1]
    if any(one.noise for one in benchmarks):
        cells = [_noise(one, main) for one in benchmarks]
        made.insert(1, Column("By layout", "By layout", cells))
    return made


def _noise(benchmark: Benchmark, main: Sequence[str]) -> str:
    """Returns how far the layout of memory moves a benchmark's main metric, as its share."""
    shares = [
        benchmark.noise[one] / benchmark.metrics[one]
        for one in main
        if one in benchmark.noise and benchmark.metrics.get(one)
    ]
    return f"±{shares[0]:.2%}" if shares else ABSENT


@cache
def _metrics() -> dict[str, Metric]:
    return {metric.name: metric for name in MODES for metric in mode_of(name).metrics}


def label(metric: str) -> str:
    """Returns the label of a metric; for one that no mode declares, its own name."""
    found = _metrics().get(metric)
    return found.label if found else metric


def unit(metric: str) -> str:
    """Returns the unit of a metric; empty for counts, and for one that no mode declares."""
    found = _metrics().get(metric)
    return found.unit if found else ""
