"""pytest-benchmark's JSON (`--benchmark-json`), of version 3.1 and newer.

Source: src/pytest_benchmark/stats.py and fixture.py. Times are in seconds, by iteration; the
statistics are pytest-benchmark's own.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Iterations, Name, Part, Seconds, parse
from rules_codspeed.importing.found import (
    Found,
    Metrics,
    ResultsFile,
    Timed,
    joined,
    shortened,
    unique,
)
from rules_codspeed.importing.units import time_ns
from rules_codspeed.results import walltime_metrics as names

_SECOND = 10**9  # ns


class _Stats(Part):
    min: Seconds
    max: Seconds
    mean: Seconds
    stddev: Seconds
    median: Seconds
    # That of few rounds may be extrapolated below zero; then it is none.
    q1: float = Field(ge=-1e9, le=1e9)
    q3: Seconds
    rounds: Iterations
    iterations: Iterations
    data: list[Seconds] | None = Field(default=None, max_length=1 << 22)


class _Benchmark(Part):
    fullname: Name
    stats: _Stats


class _Cpu(Part):
    brand_raw: str = ""


class _Machine(Part):
    python_implementation: str = ""
    python_version: str = ""
    cpu: _Cpu = _Cpu()


class _Document(Part):
    machine_info: _Machine
    benchmarks: list[_Benchmark] = Field(max_length=1 << 20)
    version: str


_DOCUMENT = TypeAdapter(_Document)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a file has another form.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    document = parse(_DOCUMENT, file.read(), file, "pytest-benchmark's --benchmark-json")
    machine = document.machine_info
    python = f"{machine.python_implementation} {machine.python_version}".strip()
    return Found(
        [_timed(file, index, one) for index, one in enumerate(document.benchmarks)],
        tool=unique([f"pytest-benchmark {document.version}", python]),
        cpu=machine.cpu.brand_raw,
    )


def _timed(file: ResultsFile, index: int, benchmark: _Benchmark) -> Timed:
    stats = benchmark.stats
    data = stats.data
    if data is not None and len(data) != stats.rounds:
        raise file.refused(
            f"benchmarks[{index}].stats ({shortened(benchmark.fullname)!r}) has "
            f"{len(data)} times in data, and states {stats.rounds} rounds",
            "a time for each round",
            "import the file as the tool wrote it",
        )
    rounds = [[time_ns(time, _SECOND) for time in data]] if data else []
    return Timed(benchmark.fullname, _metrics(stats), rounds, f"benchmarks[{index}] of {file.name}")


def _metrics(stats: _Stats) -> Metrics:
    times = {names.MEDIAN: stats.median, names.MEAN: stats.mean}
    if stats.rounds > 1:
        times |= {
            names.STDEV: stats.stddev,
            names.MIN: stats.min,
            names.MAX: stats.max,
        }
        if stats.q1 >= 0:
            times |= {names.Q1: stats.q1, names.Q3: stats.q3}
    found: Metrics = {name: time_ns(time, _SECOND) for name, time in times.items()}
    found |= {names.ROUNDS: stats.rounds, names.ITERATIONS: stats.iterations}
    return found
