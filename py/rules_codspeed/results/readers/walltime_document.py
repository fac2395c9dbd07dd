"""Reads times.json (`contract/times.py`), and the documents of integrations that it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.contract.fields import parse_record
from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.times import TimedProcess, Times
from rules_codspeed.contract.values import is_number, is_text, shown
from rules_codspeed.results import walltime_metrics as metrics

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
      queries: to the database that was observed, by URI.
    """

    timings: list[Timing]
    empty: list[str]
    rounds_ns: dict[str, list[float]]
    queries: dict[str, list[Query]]


@dataclass(frozen=True, slots=True)
class WalltimeDocument:
    """All runs of the program, at least one; `chosen` is the index of that which is shown."""

    runs: list[Run]
    chosen: int


def parse_walltime(text: str | bytes) -> WalltimeDocument:
    """Parses and checks times.json.

    Raises:
      DocumentError: it is not one, or a document in it has another shape (spec: walltime 6.2).
    """
    times = parse_record(Times, text)
    runs = [_run(one, f"processes[{index}]") for index, one in enumerate(times.processes)]
    if not 0 <= times.chosen < len(runs):
        raise DocumentError(
            f"field chosen is {shown(times.chosen)}, but processes has {len(runs)} entries"
        )
    return WalltimeDocument(runs, times.chosen)


def parse_timings(document: object, where: str) -> list[Timing]:
    """Returns the benchmarks of a document that an integration wrote (spec: walltime 6.2).

    Args:
      document: parsed JSON.
      where: what the document is, for people.

    Raises:
      DocumentError: a field is missing, or of another type; a time is negative, or no number.
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


def _run(process: TimedProcess, where: str) -> Run:
    timings: list[Timing] = []
    empty: list[str] = []
    for index, document in enumerate(process.results):
        place = f"{where}.results[{index}]"
        found = parse_timings(document, place)
        timings += found
        if not found:
            empty.append(f"{place} of {_creator(document, place)}")
    known = {one.uri for one in timings}
    for field, uris in (
        ("rounds_ns", {*process.rounds_ns}),
        ("queries", {*(process.queries or {})}),
    ):
        if unknown := sorted(uris - known):
            raise DocumentError(
                f"{where}.{field} has {shown(unknown[0])}, which no document measured"
            )
    for uri, times in process.rounds_ns.items():
        for index, time in enumerate(times):
            _time(time, f"{where}.rounds_ns of {uri!r}[{index}]")
    rounds = {uri: times for uri, times in process.rounds_ns.items() if times}
    return Run(timings, empty, rounds, process.queries or {})


def _timing(benchmark: Mapping[str, object], where: str) -> Timing:
    _text(benchmark.get("name"), f"{where}.name")
    uri = _text(benchmark.get("uri"), f"{where}.uri")
    where = f"{where} ({shown(uri)})"
    _check_config(_object(benchmark.get("config"), f"{where}.config"), f"{where}.config")
    stats = _object(benchmark.get("stats"), f"{where}.stats")
    measured: dict[str, int | float] = {}
    for field, metric in _TIMES.items():
        # The first quartile of two rounds is extrapolated, which can lead below
        # zero (spec: walltime 6.3). No time is.
        signed = field == "q1_ns"
        time = _time(stats.get(field), f"{where}.stats.{field}", signed=signed)
        measured[metric] = max(0, time)
    for field, metric in _COUNTS.items():
        measured[metric] = _unsigned(stats.get(field), f"{where}.stats.{field}")
    total = f"{where}.stats.total_time"
    measured[metrics.TOTAL] = round(_time(stats.get("total_time"), total, _NANOSECONDS))
    return Timing(uri, {name: measured[name] for name in metrics.ALL if name in measured}, where)


def _check_config(config: Mapping[str, object], where: str) -> None:
    """Checks what the benchmark was asked for; all of it may be missing or null."""
    for field in _CONFIG_TIMES:
        if config.get(field) is not None and not is_number(config[field]):
            raise DocumentError(f"{where}.{field} is {shown(config[field])}, not a number")
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
    if not is_number(value):
        raise _wrong(value, where, "a finite number")
    time = value * unit
    if not (-_LONGEST if signed else 0) <= time <= _LONGEST:
        raise _wrong(value, where, "a time that a benchmark can take")
    return time


def _wrong(value: object, where: str, expected: str) -> DocumentError:
    if value is None:
        return DocumentError(f"{where} is missing")
    return DocumentError(f"{where} is {shown(value)}, not {expected}")
