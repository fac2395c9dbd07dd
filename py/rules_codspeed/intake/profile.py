"""Makes results of what a profile folder of CodSpeed's runner holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.provenance import Imported, ImportedFile, Memory, Provenance, Simulator
from rules_codspeed.contract.values import is_measured, shown
from rules_codspeed.importing.provenance import imported_provenance
from rules_codspeed.profiles.document import Benchmark as Profiled
from rules_codspeed.profiles.document import bad_profile
from rules_codspeed.profiles.files import files_of, opened
from rules_codspeed.profiles.reader import read_profiles
from rules_codspeed.profiles.recording import SAMPLES
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured, merge
from rules_codspeed.results.simulation_metrics import CYCLES, INSTRUCTIONS, simulation_metrics

FORMAT = "codspeed"
"""What stands for a framework in the provenance of these results."""

_MODES = {"callgrind": "simulation", "memtrack": "memory", "walltime": "walltime"}
_CREATOR = re.compile(rb"(?m)^creator: callgrind-([!-~]{1,60})$")
_HEAD = 4096  # bytes of a callgrind file that hold its creator
_ESTIMATION = "--cycle-estimation=yes"
_Metrics = dict[str, int | float]


def read_results(folder: Path, file: ImportedFile, label: str, version: str) -> Results:
    """Reads the benchmarks of a folder, which are of one mode.

    Args:
      folder: what the runner left, or its archive unpacked.
      file: what the user named.
      label: Bazel label that they get.
      version: of rules_codspeed.

    Raises:
      CodSpeedError: a file is damaged, the folder has no benchmark or those of several modes, or
        one has no name, occurs twice, or has a number that nothing measures.
      OSError: a file cannot be read.
    """
    try:
        profile = read_profiles([folder])
    except CodSpeedError as error:
        # The user does not know where it was unpacked.
        raise bad_profile(file.name, error.got.replace(f"{folder}/", "")) from error
    parts: Sequence[Mapping[str, Any]] = profile.details["files"]
    mode = _mode_of(file.name, {str(one["format"]) for one in parts})
    # Of a timed benchmark there are its results, and samples beside them.
    measured = [one for one in profile.benchmarks if SAMPLES not in one.totals]
    _check_names(file.name, measured)
    benchmarks, skipped = [], []
    for one in measured:
        metrics = _metrics(mode, one, file.name)
        if mode == "simulation" and not metrics.get(INSTRUCTIONS):
            reason = "it counted no instruction"
            skipped.append(Unmeasured(one.uri, label, mode, "skipped", reason))
        else:
            benchmarks.append(Benchmark(one.uri, label, mode, metrics))
    imported = Imported([file], _tools(parts), "")
    how = replace(
        imported_provenance(label, mode, FORMAT, version, imported), compatibility="codspeed"
    )
    simulated = any(CYCLES in one.metrics for one in benchmarks)
    how = _OF_MODE[mode](how, folder, simulated)
    return merge([Results(SCHEMA, benchmarks, [how], unmeasured=skipped)])


def _mode_of(name: str, formats: set[str]) -> str:
    modes = sorted({_MODES[one] for one in formats if one in _MODES})
    if len(modes) == 1:
        return modes[0]
    raise CodSpeedError(
        f"{printable(name)} cannot be imported",
        got=f"profiles of {', '.join(modes)}"
        if modes
        else f"files of {', '.join(sorted(formats))}",
        expected="what CodSpeed's runner left of one mode: callgrind files, artifacts of memtrack, "
        "or results of walltime",
        fix="name the folder or archive of each mode by itself; tools:read_profile prints others",
    )


def _check_names(name: str, benchmarks: Sequence[Profiled]) -> None:
    count = Counter(one.uri for one in benchmarks)
    wrong = next((uri for uri, times in count.items() if times > 1 or not uri.strip()), None)
    if benchmarks and wrong is None:
        return
    got = "no benchmark"
    if wrong is not None:
        got = f"{wrong[:200]!r}, {count[wrong]} times"
    raise CodSpeedError(
        f"{printable(name)} cannot be imported",
        got=got,
        expected="at least one benchmark, each with a name of its own",
        fix="import profiles of one run, whose benchmarks have names that differ",
    )


def _metrics(mode: str, one: Profiled, name: str) -> _Metrics:
    metrics: _Metrics = dict(one.totals)
    if mode == "simulation":
        whole = {event: int(cost) for event, cost in one.totals.items()}
        metrics = {**simulation_metrics(list(whole), list(whole.values()))}
    for metric, value in metrics.items():
        if not is_measured(value):
            raise CodSpeedError(
                f"{printable(name)} cannot be imported",
                got=f"{metric} {shown(value)} of {one.uri[:200]!r}",
                expected="a number from 0 to below 10^21",
                fix="measure again",
            )
    return metrics


def _tools(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the integrations that the files state, each once."""
    found = []
    for one in parts:
        found += one.get("integrations", [])
        creator = one.get("creator") or {}
        found.append(f"{creator.get('name') or ''} {creator.get('version') or ''}".strip())
    return [str(one) for one in dict.fromkeys(found) if one]


def _simulated(how: Provenance, folder: Path, estimated: bool) -> Provenance:
    """Adds the simulator, as callgrind files state it."""
    version = ""
    for path in files_of(folder):
        with opened(path) as stream:
            if found := _CREATOR.search(stream.read(_HEAD)):
                version = found[1].decode()
                break
    flavor = "codspeed" if ".codspeed" in version else "stock"
    simulator = Simulator("valgrind", flavor, version or "of unknown version", "")
    return replace(how, simulator=simulator, arguments=[_ESTIMATION] if estimated else [])


def _traced(how: Provenance, folder: Path, estimated: bool) -> Provenance:
    """Adds how allocations were counted; artifacts do not state the version of the runner."""
    del folder, estimated
    return replace(how, memory=Memory("", [], ""))


def _timed(how: Provenance, folder: Path, estimated: bool) -> Provenance:
    del folder, estimated
    return how


_OF_MODE: Mapping[str, Callable[[Provenance, Path, bool], Provenance]] = {
    "memory": _traced,
    "simulation": _simulated,
    "walltime": _timed,
}
