"""Turns what a framework itself wrote into results, as CodSpeed's integration would write them.

The readers are those of `codspeed_import`. They need more than the standard library, so they are
imported when the program has ended.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError, of_benchmark
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.walltime.rounds.json_files import read_json
from rules_codspeed.measure.walltime.rounds.results_document import (
    Creator,
    benchmark_entry,
    results_json,
    write_results,
)
from rules_codspeed.measure.walltime.rounds.round_statistics import Statistics
from rules_codspeed.measure.walltime.rounds.rounds import Rounds

if TYPE_CHECKING:
    from rules_codspeed.importing.found import Found, Timed

_LONGEST = 200  # characters of a name in an error


def merge_own(
    profile: UntrustedFolder, own: OwnResults, pid: int, import_path: Sequence[str]
) -> Rounds:
    """Writes `results/<pid>.json` from the files of a framework.

    Args:
      profile: folder that holds the files, and to write to.
      own: what the framework writes.
      pid: process id of the program.
      import_path: folders of the modules that reading it needs.

    Returns:
      Times of the rounds.

    Raises:
      CodSpeedError: a file has another form, or cannot be taken.
      OSError: the results cannot be written.
    """
    documents = _documents(profile, own)
    if not documents:
        return {}
    found = _found(documents, own, import_path)
    uris = {one.uri: own.uri_of(one.uri) for one in found.benchmarks}
    entries = [
        benchmark_entry(one.uri, uris[one.uri], _statistics(one, own)) for one in found.benchmarks
    ]
    name, _, version = "".join(found.tool[:1]).partition(" ")
    creator = Creator(name or own.tool, version or "unknown", pid)
    if entries:
        write_results(profile, results_json(creator, entries))
    return {uris[one.uri]: list(chain(*one.rounds_ns)) for one in found.benchmarks if one.rounds_ns}


def _documents(profile: UntrustedFolder, own: OwnResults) -> dict[str, bytes]:
    """Returns what the framework wrote or printed, by file; nothing if nothing ran."""
    if own.printed:
        printed = own.printed()
        return {own.place: printed} if printed else {}
    return {name: _document(profile, name, own) for name in _files(profile, own)}


def _files(profile: UntrustedFolder, own: OwnResults) -> list[str]:
    """Returns the names of the files that hold something: nothing is left in one if nothing ran."""
    try:
        if own.place.endswith(".json"):
            return [own.place] if profile.read(own.place, DOCUMENT) else []
        return [name for name in profile.files(own.place) if name.endswith(".json")]
    except FileNotFoundError:
        return []


def _document(profile: UntrustedFolder, name: str, own: OwnResults) -> bytes:
    """Reads a file, without the rows of what failed or was skipped, if only in some repetition.

    The framework accounts for those.
    """
    document = read_json(profile, name, f"the results of {own.tool}")
    rows = document.get("benchmarks") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return json.dumps(document).encode()
    dropped = {_name(row) for row in rows if isinstance(row, dict) and _gave_up(row)}
    kept = [row for row in rows if not (isinstance(row, dict) and _name(row) in dropped)]
    return json.dumps({**document, "benchmarks": kept}).encode()


def _gave_up(row: Mapping[str, Any]) -> bool:
    return bool(row.get("error_occurred") or row.get("skipped"))


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("run_name"))


def _found(documents: Mapping[str, bytes], own: OwnResults, import_path: Sequence[str]) -> Found:
    """Reads copies that the program cannot write to."""
    sys.path += [path for path in import_path if path not in sys.path]
    # Only here: they need pydantic.
    from rules_codspeed.importing.found import ResultsFile
    from rules_codspeed.importing.registry import read_files

    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, (name, document) in enumerate(documents.items()):
            path = Path(folder, str(number))
            path.write_bytes(document)
            files.append(ResultsFile(path, name))
        try:
            return read_files(own.format, files)
        except CodSpeedError as error:
            raise of_benchmark(error) from error


def _statistics(one: Timed, own: OwnResults) -> Statistics:
    """Returns the statistics; those that one round has not are its time."""
    metrics = one.metrics
    lacking = [name for name in ("median_ns", "mean_ns", "rounds") if name not in metrics]
    if lacking:
        raise BenchmarkError(
            f"the results of {one.uri[:_LONGEST]!r} cannot be used",
            got=f"no {', no '.join(lacking)} in {one.place}",
            expected=f"what {own.tool} writes",
            fix="let nothing else write there",
        )
    time, rounds = metrics["median_ns"], int(metrics["rounds"])
    iterations = int(metrics.get("iterations", 1))
    return Statistics(
        min_ns=metrics.get("min_ns", time),
        max_ns=metrics.get("max_ns", time),
        mean_ns=metrics["mean_ns"],
        stdev_ns=metrics.get("stdev_ns", 0.0),
        q1_ns=metrics.get("q1_ns", time),
        median_ns=time,
        q3_ns=metrics.get("q3_ns", time),
        rounds=rounds,
        total_time=metrics["mean_ns"] * iterations * rounds / 1e9,
        iter_per_round=iterations,
    )
