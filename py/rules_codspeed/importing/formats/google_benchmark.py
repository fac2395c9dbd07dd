"""google_benchmark's JSON (`--benchmark_out_format=json`), of version 1.5 and newer.

Source: docs/user_guide.md and src/json_reporter.cc of google/benchmark. A repetition is a round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Count, Name, Part, Time, parse
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
from rules_codspeed.importing.units import UnitError, time_ns, time_unit
from rules_codspeed.results import walltime_metrics as names

_TOOL = "google_benchmark's --benchmark_out_format=json"
_AGGREGATES = {"median": names.MEDIAN, "mean": names.MEAN, "stddev": names.STDEV}


class _Run(Part):
    """A row: a repetition, or a statistic of all of them."""

    run_name: Name
    run_type: Literal["iteration", "aggregate"]
    aggregate_name: str = ""
    repetitions: Count = 1
    iterations: Count = 0
    real_time: Time | None = None
    time_unit: str = "ns"
    error_occurred: bool = False
    error_message: str = ""
    skipped: bool = False
    skip_message: str = ""


class _Context(Part):
    library_version: str = ""


class _Document(Part):
    context: _Context
    benchmarks: list[_Run] = Field(max_length=1 << 20)


_DOCUMENT = TypeAdapter(_Document)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a file has another form, or a benchmark of it failed.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    document = parse(_DOCUMENT, file.read(), file, _TOOL)
    rows: dict[str, list[tuple[int, _Run]]] = {}
    skipped: dict[str, str] = {}
    for index, run in enumerate(document.benchmarks):
        if run.error_occurred:
            raise file.refused(
                f"the benchmark {shortened(run.run_name)!r} failed: "
                f"{shortened(run.error_message) or 'no reason'}",
                "benchmarks that were timed",
                "correct the benchmark, or leave it out with --benchmark_filter",
            )
        if run.skipped:
            skipped[run.run_name] = run.skip_message
        elif run.run_type == "iteration" or run.aggregate_name in _AGGREGATES:
            rows.setdefault(run.run_name, []).append((index, run))
    benchmarks = [_timed(file, name, found) for name, found in rows.items()]
    version = document.context.library_version
    return Found(benchmarks, skipped, unique([version and f"google_benchmark {version}"]))


def _timed(file: ResultsFile, name: str, rows: Sequence[tuple[int, _Run]]) -> Timed:
    place = f"benchmarks[{rows[0][0]}] of {file.name}"
    repetitions = [(index, run) for index, run in rows if run.run_type == "iteration"]
    if not repetitions:
        return Timed(name, _aggregates(file, rows), [], place)
    expected = repetitions[0][1].repetitions
    if len(repetitions) != expected:
        raise file.refused(
            f"the benchmark {shortened(name)!r} has {len(repetitions)} rows",
            f"{expected}, one for each repetition that it states",
            "give benchmarks names of their own, and import the file as the tool wrote it",
        )
    times = [_time(file, index, run) for index, run in repetitions]
    metrics = metrics_of([times], [run.iterations for _, run in repetitions])
    return Timed(name, metrics, [times], place)


def _aggregates(file: ResultsFile, rows: Sequence[tuple[int, _Run]]) -> Metrics:
    """Returns the statistics of a file that has no repetitions one by one."""
    found: Metrics = {}
    places: dict[str, int] = {}
    for index, run in rows:
        statistic = run.aggregate_name
        if statistic in places:
            raise file.refused(
                f"benchmarks[{places[statistic]}] and benchmarks[{index}] are both the {statistic} "
                f"of {shortened(run.run_name)!r}",
                "one row for each statistic of a name",
                "give each benchmark a name of its own",
            )
        places[statistic] = index
        found[_AGGREGATES[statistic]] = _time(file, index, run)
        found[names.ROUNDS] = run.repetitions
    return {name: found[name] for name in names.ALL if name in found}


def _time(file: ResultsFile, index: int, run: _Run) -> float:
    try:
        if run.real_time is None:
            raise UnitError("real_time is missing")
        return time_ns(run.real_time, time_unit(run.time_unit))
    except UnitError as error:
        raise file.refused(
            f"benchmarks[{index}] ({shortened(run.run_name)!r}): {error}",
            "real_time, in time_unit",
            "import the file as the tool wrote it",
        ) from error
