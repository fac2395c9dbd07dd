"""Checks the results that integrations wrote (spec: walltime 6.2, 6.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.walltime.rounds.json_files import read_json

_MAX_FILES: Final = 10_000
_FIX: Final = (
    "run the benchmarks through a CodSpeed integration for walltime (pytest-codspeed, "
    "codspeed-cpp, codspeed-rust, codspeed-go, codspeed-node), or use framework = 'exec'; or set "
    "allow_empty"
)
_SCHEMA_FIX: Final = "use a version of the program's CodSpeed integration that is supported"

Fault = tuple[str, str]  # what is there, and what was expected
Check = Callable[[Any], "Fault | None"]


class ResultsFile(NamedTuple):
    """What one process wrote.

    Attributes:
      name: of the file, in `results`.
      document: the whole of it, of the shape of a results file (spec: walltime 6.2).
    """

    name: str
    document: dict[str, Any]


def read_results(profile: UntrustedFolder, allow_empty: bool = False) -> list[ResultsFile]:
    """Reads and checks the results of a run.

    Args:
      profile: folder that holds `results`.
      allow_empty: whether a run without benchmarks is allowed.

    Returns:
      The files, ordered by name; empty ones too if they are allowed.

    Raises:
      CodSpeedError: there are none, one is empty, has another shape, or cannot be taken.
    """
    folder = f"{profile.path}/results"
    try:
        names = [name for name in profile.names("results") if _is_json(name)]
    except FileNotFoundError:
        return _nothing(f"no folder {folder}", allow_empty)
    if not names:
        return _nothing(f"no file *.json in {folder}", allow_empty)
    if len(names) > _MAX_FILES:
        raise BenchmarkError(
            "the program wrote too many files of results",
            got=f"{len(names)} in {folder}",
            expected=f"up to {_MAX_FILES}",
            fix="write one file for each process that measures",
        )
    return [_read(profile, name, allow_empty) for name in names]


def _is_json(name: str) -> bool:
    """Returns whether a name has that extension; one that begins with its only dot has none."""
    return name.endswith(".json") and name != ".json"


def _read(profile: UntrustedFolder, name: str, allow_empty: bool) -> ResultsFile:
    path = f"{profile.path}/results/{name}"
    document = read_json(profile, f"results/{name}", "results of a CodSpeed integration")
    if fault := _document(document):
        raise schema_problem(path, fault)
    if not document["benchmarks"]:
        _nothing(f"an empty list of benchmarks in {path}", allow_empty)
    return ResultsFile(name, document)


def _nothing(got: str, allow_empty: bool) -> list[ResultsFile]:
    """Raises CodSpeedError unless that is allowed."""
    if not allow_empty:
        raise BenchmarkError(
            "the benchmark measured nothing", got=got, expected="results of a benchmark", fix=_FIX
        )
    return []


def schema_problem(path: str, fault: Fault) -> CodSpeedError:
    """Returns the error of a file of another shape."""
    got, expected = fault
    return BenchmarkError(
        f"the file {path} does not have the shape of walltime results",
        got=got,
        expected=expected,
        fix=_SCHEMA_FIX,
    )


def _kind(value: Any) -> str:
    """Describes a value without showing much of it."""
    if isinstance(value, (str, list, dict)):
        return {str: "a text", list: "a list"}.get(type(value), "an object")
    return "null" if value is None else str(value)[:40]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_unsigned(value: Any, bits: int = 64) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << bits


def _expect(matches: Callable[[Any], bool], expected: str) -> Check:
    def check(value: Any) -> Fault | None:
        return None if matches(value) else (f"is {_kind(value)}", expected)

    return check


_TEXT = _expect(lambda value: isinstance(value, str), "a text")
_NUMBER = _expect(_is_number, "a number")
_UNSIGNED = _expect(_is_unsigned, "an unsigned integer")
_PID = _expect(lambda value: _is_unsigned(value, 32), "an unsigned integer of 32 bits")
_LIST = _expect(lambda value: isinstance(value, list), "a list")
_MAYBE_NUMBER = _expect(lambda value: value is None or _is_number(value), "a number or null")
_MAYBE_UNSIGNED = _expect(
    lambda value: value is None or _is_unsigned(value), "an unsigned integer or null"
)


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Returns a check of an object's fields; further ones are ignored."""
    fields = {**required, **(optional or {})}

    def check(value: Any) -> Fault | None:
        if not isinstance(value, dict):
            return f"is {_kind(value)}", "an object"
        for name, of_field in fields.items():
            if name not in value:
                if name in required:
                    return f".{name} is missing", "that field"
            elif fault := of_field(value[name]):
                got, expected = fault
                return f".{name}{_joined(got)}", expected
        return None

    return check


def _joined(got: str) -> str:
    """Puts a blank behind a path that ends here."""
    return got if got.startswith((".", "[")) else f" {got}"


_NS = ("min_ns", "max_ns", "mean_ns", "stdev_ns", "q1_ns", "median_ns", "q3_ns", "total_time")
_COUNTS = (
    "rounds",
    "iqr_outlier_rounds",
    "stdev_outlier_rounds",
    "iter_per_round",
    "warmup_iters",
)
_STATS = _object({**dict.fromkeys(_NS, _NUMBER), **dict.fromkeys(_COUNTS, _UNSIGNED)})
_LIMITS = ("warmup_time_ns", "min_round_time_ns", "max_time_ns")
_CONFIG = _object({}, {**dict.fromkeys(_LIMITS, _MAYBE_NUMBER), "max_rounds": _MAYBE_UNSIGNED})

benchmark_fault: Check = _object({"name": _TEXT, "uri": _TEXT, "config": _CONFIG, "stats": _STATS})
"""Returns what is wrong with one entry of `benchmarks`; None if nothing is."""

_HEAD = _object(
    {
        "creator": _object({"name": _TEXT, "version": _TEXT, "pid": _PID}),
        "instrument": _object({"type": _TEXT}),
        "benchmarks": _LIST,
    }
)


def _document(value: Any) -> Fault | None:
    if fault := _HEAD(value):
        return fault
    for i, benchmark in enumerate(value["benchmarks"]):
        if fault := benchmark_fault(benchmark):
            return f"benchmarks[{i}]{_joined(fault[0])}", fault[1]
    return None
