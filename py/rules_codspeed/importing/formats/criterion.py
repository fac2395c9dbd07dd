"""The folder that criterion writes, `target/criterion`. Each sample is a round.

Source: src/estimate.rs, src/connection.rs and src/analysis/mod.rs of bheisler/criterion.rs. Of each
benchmark the folder `new` is read: `benchmark.json`, and `sample.json`, or `estimates.json`
alone. Times are in nanoseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Name, Part, Time, parse
from rules_codspeed.importing.found import Found, Metrics, ResultsFile, Timed
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import time_ns
from rules_codspeed.results import walltime_metrics as names

_NEW = "new"
_TOOL = "criterion"
_MOST_SAMPLES = 1 << 20


_Iterations = Annotated[float, Field(ge=1, lt=1 << 63)]


class _Benchmark(Part):
    full_id: Name


class _Sample(Part):
    # Whole numbers, which criterion writes as 55.0.
    iters: list[_Iterations] = Field(min_length=1, max_length=_MOST_SAMPLES)
    times: list[Time] = Field(max_length=_MOST_SAMPLES)


class _Estimate(Part):
    point_estimate: Time


class _Estimates(Part):
    mean: _Estimate
    median: _Estimate
    std_dev: _Estimate


_BENCHMARK, _SAMPLE = TypeAdapter(_Benchmark), TypeAdapter(_Sample)
_ESTIMATES = TypeAdapter(_Estimates)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results; files of the folder that hold none, such as reports, are passed over.

    Raises:
      CodSpeedError: a file has another form, or lacks its benchmark.json.
    """
    folders: dict[str, dict[str, ResultsFile]] = {}
    for file in files:
        folder, _, name = file.name.rpartition("/")
        if folder.rpartition("/")[2] == _NEW:
            folders.setdefault(folder, {})[name] = file
    return Found([_timed(folder, found) for folder, found in folders.items()])


def _timed(folder: str, files: dict[str, ResultsFile]) -> Timed:
    stated = files.get("benchmark.json")
    sample, estimates = files.get("sample.json"), files.get("estimates.json")
    if not (stated and (sample or estimates)):
        raise next(iter(files.values())).refused(
            f"{folder} has {', '.join(sorted(files))}",
            "benchmark.json, and sample.json or estimates.json",
            "pass the whole folder target/criterion, for example by glob()",
        )
    uri = parse(_BENCHMARK, stated.read(), stated, _TOOL).full_id
    if sample:
        rounds, iterations = _rounds(sample)
        return Timed(uri, metrics_of([rounds], iterations), [rounds], sample.name)
    assert estimates
    return Timed(uri, _metrics(estimates), [], estimates.name)


def _rounds(file: ResultsFile) -> tuple[list[float], list[int]]:
    """Returns the time by iteration of each sample, and how many iterations each had."""
    sample = parse(_SAMPLE, file.read(), file, _TOOL)
    return sample_rounds(file, sample.iters, sample.times)


def sample_rounds(
    file: ResultsFile, counts: Sequence[float], times: Sequence[float], nanoseconds: int = 1
) -> tuple[list[float], list[int]]:
    """Returns the time by iteration of each sample, and how many iterations each had.

    Args:
      file: that they were read from.
      counts: iterations of each sample.
      times: of all iterations of each sample.
      nanoseconds: of the unit of these.

    Raises:
      CodSpeedError: a count is not one, or there are more of one than of the other.
    """
    wrong = next((one for one in counts if not (one >= 1 and one == int(one))), None)
    if wrong is not None or len(counts) != len(times):
        raise file.refused(
            f"{len(counts)} numbers of iterations{'' if wrong is None else f', {wrong} among them'}"
            f", and {len(times)} times",
            "a whole number of iterations, 1 or more, for each time",
            "import the file as criterion wrote it",
        )
    iterations = [int(one) for one in counts]
    by_iteration = [
        time_ns(time, nanoseconds, count) for time, count in zip(times, iterations, strict=True)
    ]
    return by_iteration, iterations


def _metrics(file: ResultsFile) -> Metrics:
    estimates = parse(_ESTIMATES, file.read(), file, _TOOL)
    return {
        names.MEDIAN: estimates.median.point_estimate,
        names.MEAN: estimates.mean.point_estimate,
        names.STDEV: estimates.std_dev.point_estimate,
    }
