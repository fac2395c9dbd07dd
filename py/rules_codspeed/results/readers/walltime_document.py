"""Reads times.json: what the integrations wrote in each run of a program.

Schema 1: `{"schema": 1, "processes": [{"results": [...], "rounds_ns": {uri: [...]}}, ...],
"chosen": 0}`. `results` holds whole documents (spec: walltime 6.2), one of each process that
wrote one; `rounds_ns` has the time of each round by iteration where it is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.results import walltime_metrics as metrics
from rules_codspeed.results.values import is_number, is_text, shown

_SCHEMA = 1
# 31 years: sums of squares of what is below still are numbers.
_LONGEST = 1e18  # ns
_NANOSECONDS = 1e9  # in a second

# Metrics by the fields of `stats`, in nanoseconds by iteration, and in counts.
_TIMES = {
    "median_ns": metrics.MEDIAN,
    "mean_ns": metrics.MEAN,
    "stdev_ns": metrics.STDEV,
    "min_ns": metrics.MIN,
    "max_ns": metrics.MAX,
    "q1_ns": metrics.Q1,
    "q3_ns": metrics.Q3,
}
_COUNTS = {
    "rounds": metrics.ROUNDS,
    "iter_per_round": metrics.ITERATIONS,
    "warmup_iters": metrics.WARMUP_ITERATIONS,
    "iqr_outlier_rounds": metrics.IQR_OUTLIERS,
    "stdev_outlier_rounds": metrics.STDEV_OUTLIERS,
}
_CONFIG_TIMES = ("warmup_time_ns", "min_round_time_ns", "max_time_ns")


class WalltimeError(ValueError):
    """A document is not as the specification wants it; the message names the place."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The statistics of one benchmark.

    Attributes:
      uri: identity of the benchmark, opaque text.
      metrics: those of `metrics.ALL` that one run has.
      place: where it was read, for people.
    """

    uri: str
    metrics: dict[str, int | float]
    place: str

    @property
    def measured(self) -> bool:
        """Whether any time was measured; google_benchmark's SkipWithError leaves zeros."""
        return self.metrics[metrics.ROUNDS] > 0 and any(
            self.metrics[name] for name in _TIMES.values()
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program.

    Attributes:
      timings: in the order of the documents.
      empty: places of the documents that have no benchmark.
      rounds_ns: time of each round by iteration in nanoseconds, by URI.
    """

    timings: list[Timing]
    empty: list[str]
    rounds_ns: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class WalltimeDocument:
    """All runs of the program, at least one; `chosen` is the index of that which is shown."""

    runs: list[Run]
    chosen: int


def parse_walltime(text: str | bytes) -> WalltimeDocument:
    """Parses and checks times.json.

    Raises:
      WalltimeError: it is not one, or a document in it has another shape (spec: walltime 6.2).
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WalltimeError(f"the document is not JSON: {error}") from error
    root = _object(document, "the document")
    if type(root.get("schema")) is not int or root["schema"] != _SCHEMA:
        raise WalltimeError(f"schema is {shown(root.get('schema'))}, not {_SCHEMA}")
    processes = _list(root.get("processes"), "processes")
    runs = [_run(one, f"processes[{index}]") for index, one in enumerate(processes)]
    chosen = _unsigned(root.get("chosen"), "chosen")
    if chosen >= len(runs):
        raise WalltimeError(f"chosen is {chosen}, but processes has {len(runs)} entries")
    return WalltimeDocument(runs, chosen)


def parse_timings(document: object, where: str) -> list[Timing]:
    """Returns the benchmarks of a document that an integration wrote (spec: walltime 6.2).

    Args:
      document: parsed JSON.
      where: what the document is, for people.

    Raises:
      WalltimeError: a field is missing, or of another type; a time is negative, or no number.
    """
    root = _object(document, where)
    place = f"{where} of {_creator(root, where)}"
    instrument = _object(root.get("instrument"), f"{place}: instrument")
    _text(instrument.get("type"), f"{place}: instrument.type")
    return [
        _timing(_object(one, f"{place}: benchmarks[{index}]"), f"{place}: benchmarks[{index}]")
        for index, one in enumerate(_list(root.get("benchmarks"), f"{place}: benchmarks"))
    ]


def _creator(root: Mapping[str, object], where: str) -> str:
    """Returns the integration and the process that wrote a document."""
    creator = _object(root.get("creator"), f"{where}: creator")
    name = _text(creator.get("name"), f"{where}: creator.name")
    version = _text(creator.get("version"), f"{where}: creator.version")
    pid = _unsigned(creator.get("pid"), f"{where}: creator.pid", bits=32)
    return f"{name} {version}, process {pid}"


def _run(value: object, where: str) -> Run:
    run = _object(value, where)
    timings: list[Timing] = []
    empty: list[str] = []
    for index, document in enumerate(_list(run.get("results"), f"{where}.results")):
        place = f"{where}.results[{index}]"
        found = parse_timings(document, place)
        timings += found
        if not found:
            empty.append(f"{place} of {_creator(_object(document, place), place)}")
    rounds = _object(run.get("rounds_ns"), f"{where}.rounds_ns")
    unknown = sorted(rounds.keys() - {one.uri for one in timings})
    if unknown:
        raise WalltimeError(
            f"{where}.rounds_ns has {shown(unknown[0])}, which no document measured"
        )
    known = {uri: _rounds(times, f"{where}.rounds_ns of {uri!r}") for uri, times in rounds.items()}
    return Run(timings, empty, {uri: times for uri, times in known.items() if times})


def _rounds(value: object, where: str) -> list[float]:
    return [_time(one, f"{where}[{index}]") for index, one in enumerate(_list(value, where))]


def _timing(benchmark: Mapping[str, object], where: str) -> Timing:
    _text(benchmark.get("name"), f"{where}.name")
    uri = _text(benchmark.get("uri"), f"{where}.uri")
    where = f"{where} ({shown(uri)})"
    _check_config(_object(benchmark.get("config"), f"{where}.config"), f"{where}.config")
    stats = _object(benchmark.get("stats"), f"{where}.stats")
    measured: dict[str, int | float] = {}
    for field, metric in _TIMES.items():
        # The first quartile of two rounds is extrapolated, which can lead below
        # zero (spec: walltime 6.3).
        signed = field == "q1_ns"
        measured[metric] = _time(stats.get(field), f"{where}.stats.{field}", signed=signed)
    for field, metric in _COUNTS.items():
        measured[metric] = _unsigned(stats.get(field), f"{where}.stats.{field}")
    total = f"{where}.stats.total_time"
    measured[metrics.TOTAL] = round(_time(stats.get("total_time"), total, _NANOSECONDS))
    return Timing(uri, {name: measured[name] for name in metrics.ALL if name in measured}, where)


def _check_config(config: Mapping[str, object], where: str) -> None:
    """Checks what the benchmark was asked for; all of it may be missing or null."""
    for field in _CONFIG_TIMES:
        if config.get(field) is not None and not is_number(config[field]):
            raise WalltimeError(f"{where}.{field} is {shown(config[field])}, not a number")
    if config.get("max_rounds") is not None:
        _unsigned(config["max_rounds"], f"{where}.max_rounds")


def _object(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(value, where, "an object")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(value, where, "a list")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not is_text(value):
        raise _wrong(value, where, "Unicode text")
    return value


def _unsigned(value: object, where: str, bits: int = 64) -> int:
    if type(value) is not int or not 0 <= value < 1 << bits:
        raise _wrong(value, where, f"an unsigned number of {bits} bits")
    return value


def _time(value: object, where: str, unit: float = 1, *, signed: bool = False) -> int | float:
    """Returns a time in nanoseconds.

    Args:
      value: as it was read.
      where: its place.
      unit: nanoseconds in the unit of the value.
      signed: whether it may be negative.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_number(value):
        raise _wrong(value, where, "a finite number")
    time = value * unit
    if not (-_LONGEST if signed else 0) <= time <= _LONGEST:
        raise _wrong(value, where, "a time that a benchmark can take")
    return time


def _wrong(value: object, where: str, expected: str) -> WalltimeError:
    if value is None:
        return WalltimeError(f"{where} is missing")
    return WalltimeError(f"{where} is {shown(value)}, not {expected}")
