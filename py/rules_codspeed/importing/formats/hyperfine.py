"""hyperfine's JSON (`--export-json`). Each run of a command is a round.

Source: src/hyperfine/export/json.rs and src/hyperfine/benchmark/benchmark_result.rs of
sharkdp/hyperfine. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Name, Part, Seconds, parse
from rules_codspeed.importing.found import Found, Metrics, ResultsFile, Timed, joined, shortened
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import time_ns
from rules_codspeed.results import walltime_metrics as names

_SECOND = 10**9  # ns


class _Result(Part):
    command: Name
    mean: Seconds
    stddev: Seconds | None = None
    median: Seconds | None = None
    min: Seconds | None = None
    max: Seconds | None = None
    times: list[Seconds] | None = Field(default=None, min_length=1, max_length=1 << 20)
    exit_codes: list[int | None] = Field(default_factory=list)


class _Document(Part):
    results: list[_Result] = Field(max_length=1 << 20)


_DOCUMENT = TypeAdapter(_Document)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a file has another form, or a command of it failed.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    document = parse(_DOCUMENT, file.read(), file, "hyperfine's --export-json")
    return Found([_timed(file, index, one) for index, one in enumerate(document.results)])


def _timed(file: ResultsFile, index: int, result: _Result) -> Timed:
    place = f"results[{index}] of {file.name}"
    failed = [at for at, status in enumerate(result.exit_codes) if status != 0]
    if failed:
        raise file.refused(
            f"the command {shortened(result.command)!r} ended with status "
            f"{result.exit_codes[failed[0]]} in run {failed[0] + 1}",
            "status 0 of each run",
            "run hyperfine without --ignore-failure, and correct the command",
        )
    if result.times:
        times = [time_ns(time, _SECOND) for time in result.times]
        return Timed(result.command, metrics_of([times]), [times], place)
    return Timed(result.command, _statistics(result), [], place)


def _statistics(result: _Result) -> Metrics:
    """Returns the statistics of a result without its single times."""
    stated = {
        names.MEDIAN: result.median,
        names.MEAN: result.mean,
        names.STDEV: result.stddev,
        names.MIN: result.min,
        names.MAX: result.max,
    }
    return {name: time_ns(one, _SECOND) for name, one in stated.items() if one is not None}
