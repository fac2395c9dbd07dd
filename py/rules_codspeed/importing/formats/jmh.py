"""JMH's JSON (`-rf json`). Each iteration is a round, each fork a process.

Source: results/format/JSONResultFormat.java of openjdk/jmh. A rate becomes the time of one
operation. Benchmarks that throw are not in the file, unless JMH ran with `-foe true`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Iterations, Name, Part, Time, parse
from rules_codspeed.importing.found import (
    Found,
    Metrics,
    ResultsFile,
    Timed,
    joined,
    shortened,
    unique,
)
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import UnitError, period_ns, rate_unit, time_ns, time_unit
from rules_codspeed.results import walltime_metrics as names

_RATE = "thrpt"
_MOST_SAMPLES = 10_000
"""Of mode `sample`: with more, only its percentiles are taken."""
_PERCENTILES = {"50.0": names.MEDIAN, "0.0": names.MIN, "100.0": names.MAX}

_Times = Annotated[list[Time], Field(min_length=1, max_length=1 << 20)]
_Histogram = Annotated[list[tuple[Time, Iterations]], Field(max_length=1 << 22)]


class _Metric(Part):
    score: Time
    scoreUnit: str
    scorePercentiles: dict[str, float] = Field(default_factory=dict)
    rawData: list[_Times] | None = None
    rawDataHistogram: list[list[_Histogram]] | None = None


class _Result(Part):
    jmhVersion: str
    benchmark: Name
    mode: Literal["thrpt", "avgt", "sample", "ss"]
    vmName: str = ""
    vmVersion: str = ""
    params: dict[str, str] = Field(default_factory=dict)
    primaryMetric: _Metric

    @property
    def name(self) -> str:
        """The method, and its parameters where it has some."""
        params = ",".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.benchmark}[{params}]" if params else self.benchmark


_DOCUMENT = TypeAdapter(list[_Result])


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a file has another form, or a unit that is neither of time nor of rate.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    results = parse(_DOCUMENT, file.read(), file, "JMH's -rf json")
    # One method may be measured in several modes.
    modes = Counter(one.name for one in results)
    return Found(
        [
            _timed(file, index, one, several=modes[one.name] > 1)
            for index, one in enumerate(results)
        ],
        tool=unique(
            text
            for one in results
            for text in (f"JMH {one.jmhVersion}", f"{one.vmName} {one.vmVersion}".strip())
        ),
    )


def _timed(file: ResultsFile, index: int, result: _Result, several: bool) -> Timed:
    uri = f"{result.name}:{result.mode}" if several else result.name
    try:
        processes = _rounds(result)
        metrics = metrics_of(processes) if processes else _percentiles(result)
    except UnitError as error:
        raise file.refused(
            f"[{index}] ({shortened(uri)!r}): {error}",
            "times, as us/op, or rates with rawData, as ops/ms",
            "import the file as JMH wrote it",
        ) from error
    return Timed(uri, metrics, processes, f"[{index}] of {file.name}")


def _rounds(result: _Result) -> list[list[float]]:
    """Returns the time of each iteration, or of each sample; empty where there are too many."""
    metric = result.primaryMetric
    if result.mode == _RATE and not metric.rawData:
        # The mean time is not that of the mean rate, and the least rate is the longest time.
        raise UnitError("a rate without rawData, of which no time of an operation can be computed")
    if metric.rawData:
        return [[_time(result, one) for one in fork] for fork in metric.rawData]
    forks = metric.rawDataHistogram or []
    if sum(count for fork in forks for one in fork for _, count in one) > _MOST_SAMPLES:
        return []
    rounds = [
        [_time(result, value) for one in fork for value, count in one for _ in range(count)]
        for fork in forks
    ]
    return [fork for fork in rounds if fork]


def _percentiles(result: _Result) -> Metrics:
    """Returns what mode `sample` computed of more samples than are taken one by one."""
    metric = result.primaryMetric
    found: Metrics = {names.MEAN: _time(result, metric.score)}
    for percentile, name in _PERCENTILES.items():
        if percentile in metric.scorePercentiles:
            found[name] = _time(result, metric.scorePercentiles[percentile])
    forks = metric.rawDataHistogram or []
    samples = sum(count for fork in forks for one in fork for _, count in one)
    if samples:
        found[names.ROUNDS] = samples
    return {name: found[name] for name in names.ALL if name in found}


def _time(result: _Result, value: float) -> float:
    """Returns the time of an operation in nanoseconds."""
    unit = result.primaryMetric.scoreUnit
    if result.mode == _RATE:
        return period_ns(value, rate_unit(unit))
    return time_ns(value, time_unit(unit))
