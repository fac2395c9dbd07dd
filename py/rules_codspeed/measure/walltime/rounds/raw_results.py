"""Turns the raw results of Rust and Go into results, in place of their own tools.

cargo-codspeed and codspeed-go-runner do this after the program has run; under Bazel there is
neither (spec: integrations 4, 5).
"""

from __future__ import annotations

import contextlib
import os
from typing import Any, Final, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder
from rules_codspeed.measure.walltime.rounds.json_files import read_json
from rules_codspeed.measure.walltime.rounds.results_document import (
    Creator,
    benchmark_entry,
    results_json,
    write_results,
)
from rules_codspeed.measure.walltime.rounds.round_statistics import (
    GO,
    statistics_of,
    times_by_iteration,
)
from rules_codspeed.measure.walltime.rounds.rounds import Rounds
from rules_codspeed.measure.walltime.rounds.validate import benchmark_fault, schema_problem

RUST: Final = "codspeed-rust"
GO_NAME: Final = "codspeed-go"
_RUST_FOLDER: Final = "target/codspeed/walltime/raw_results"
_GO_FOLDER: Final = "raw_results"
_LONGEST_NS: Final = 1 << 63


def merge_rust(
    workspace: UntrustedFolder, profile: UntrustedFolder, version: str, pid: int
) -> list[str]:
    """Merges what criterion and divan wrote to `results/<pid>.json`.

    Each of their files is a whole entry, with statistics; the times of rounds are not in it.

    Args:
      workspace: folder that the program had as CODSPEED_CARGO_WORKSPACE_ROOT.
      profile: folder to write to.
      version: of codspeed-rust, as the program reported it.
      pid: process id of the program.

    Returns:
      Names of benchmarks that take no time: the compiler removed what they measure.

    Raises:
      CodSpeedError: a file has another shape, or cannot be taken.
      OSError: the results cannot be written.
    """
    entries = []
    for name in _files(workspace, _RUST_FOLDER):
        path = f"{workspace.path}/{name}"
        entry = read_json(workspace, name, "a benchmark of codspeed-rust")
        if isinstance(entry, dict) and "times_ns" in entry:
            raise BenchmarkError(
                f"the file {path} is of an old codspeed-rust",
                got="raw times without statistics",
                expected="what version 3.0.0 and newer writes",
                fix="update the crates codspeed-criterion-compat and codspeed-divan-compat",
            )
        if fault := benchmark_fault(entry):
            raise schema_problem(path, fault)
        entries.append(entry)
    if entries:
        write_results(profile, results_json(Creator(RUST, version, pid), entries))
    return [entry["name"] for entry in entries if entry["stats"]["min_ns"] <= 0]


class _GoBenchmark(NamedTuple):
    """Raw results of one benchmark of Go."""

    name: str
    uri: str
    pid: int
    times_ns: list[int]
    iterations: list[int]


def merge_go(profile: UntrustedFolder, version: str) -> Rounds:
    """Merges what Go's `testing` wrote to one `results/<pid>.json` for each process.

    The raw files are removed, as codspeed-go-runner does: they are not part of a profile.

    Args:
      profile: folder that holds `raw_results`, and to write to.
      version: of codspeed-go, as the program reported it.

    Returns:
      Times of the rounds.

    Raises:
      CodSpeedError: a file has another shape, or cannot be taken.
      OSError: the results cannot be written.
    """
    names = _files(profile, _GO_FOLDER)
    entries: dict[int, list[dict[str, Any]]] = {}
    rounds: Rounds = {}
    for name in names:
        raw = _go_benchmark(profile, name)
        statistics = statistics_of(GO, raw.times_ns, raw.iterations)
        entries.setdefault(raw.pid, []).append(benchmark_entry(raw.name, raw.uri, statistics))
        times = times_by_iteration(GO, raw.times_ns, raw.iterations)
        rounds.setdefault(raw.uri, []).extend(times)
    for pid, of_process in entries.items():
        write_results(profile, results_json(Creator(GO_NAME, version, pid), of_process))
    for name in names:
        profile.remove(name)
    with contextlib.suppress(FileNotFoundError, Refused):  # something else is in it
        profile.remove(_GO_FOLDER)
    return rounds


def _go_benchmark(profile: UntrustedFolder, name: str) -> _GoBenchmark:
    document = read_json(profile, name, "raw results of codspeed-go")
    path = f"{profile.path}/{name}"
    try:
        raw = _GoBenchmark(
            _text(document["name"]),
            _text(document["uri"]),
            _number(document["pid"], 0, (1 << 32) - 1),
            [_number(time, 0, _LONGEST_NS) for time in document["codspeed_time_per_round_ns"]],
            [_number(count, 1, _LONGEST_NS) for count in document["codspeed_iters_per_round"]],
        )
    except KeyError as error:
        raise _not_go(path, f"no field {error}") from error
    except (TypeError, ValueError) as error:
        raise _not_go(path, str(error)) from error
    if not raw.times_ns or len(raw.times_ns) != len(raw.iterations):
        got = f"{len(raw.times_ns)} times and {len(raw.iterations)} numbers of iterations"
        raise _not_go(path, got)
    return raw


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a name or URI that is not a text")
    return value


def _number(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"a value that is not a whole number from {least} to {most}")
    return value


def _not_go(path: str, got: str) -> CodSpeedError:
    return BenchmarkError(
        f"the file {path} does not hold raw results of codspeed-go",
        got=got,
        expected="name, uri, pid, and as many codspeed_time_per_round_ns as "
        "codspeed_iters_per_round, one "
        "at least",
        fix="use a version of codspeed-go that is supported",
    )


def _files(left: UntrustedFolder, folder: str) -> list[str]:
    """Returns the names of the files *.json of a folder and of those below, oldest first.

    Raises:
      Refused: one of them, or the folder, cannot be taken.
    """
    found = []
    with contextlib.suppress(FileNotFoundError):  # no such folder
        for name in left.files(folder):
            if name.endswith(".json"):
                with left.open(name, DOCUMENT) as file:
                    found.append((os.fstat(file.fileno()).st_mtime_ns, name))
    return [name for _, name in sorted(found)]
