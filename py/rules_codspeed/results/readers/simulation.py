"""Reads the profile folder of a simulated target."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.callgrind.process_tree import adopted, whole
from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_file
from rules_codspeed.results.callgrind.trigger import (
    BenchmarkEnd,
    Metadata,
    Other,
    Termination,
    trigger_text,
)
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured, merge
from rules_codspeed.results.simulation_metrics import simulation_metrics
from rules_codspeed.results.summary import problem

# As the measuring driver names them; a program's own files may end with .out too.
_PROFILE = re.compile(r"([0-9]+)\.out")
_FIRST_PROCESS = 1

_FIX_DUMP = (
    "remove CALLGRIND_DUMP_STATS from the program: it takes away the costs of the benchmark that "
    "is running, whose own part then holds only the rest"
)
_FIX_METADATA = (
    "give the benchmark a name that does not start with 'Metadata: ', and register integrations "
    "before the first benchmark starts"
)
_FIX_TERMINATION = (
    "stop each region that is started, and report it by its URI; in google_benchmark, loops are "
    "`for (auto _ : state)`, and no break, return or exit leaves them: skip by a return before"
)
_FIX_EXEC = (
    "let the program end by returning from main or by exit(): one that ends by _exit (as /bin/sh "
    "does) reports nothing"
)


def summarize(profile: Path, provenance: Provenance, allow_empty: bool = False) -> Results:
    """Reads the benchmarks of a profile folder (spec: simulation 7, 8.4).

    Args:
      profile: folder with one callgrind file per process, `<n>.out`.
      provenance: how the folder was measured.
      allow_empty: let a folder without a benchmark, or one that counted nothing, pass.

    Returns:
      Benchmarks sorted by URI. Those that counted nothing are skipped: zero was not measured.

    Raises:
      CodSpeedError: a file is not a complete profile, a URI is empty or occurs twice, costs belong
        to no benchmark, or nothing was measured.
      OSError: a file cannot be read.
    """
    found: dict[str, Benchmark] = {}
    skipped: list[Unmeasured] = []
    places: dict[str, str] = {}
    label, mode = provenance.label, provenance.mode
    for uri, part, place in _benchmark_parts(profile, provenance):
        if uri in places:
            raise problem(
                provenance,
                f"measures {uri!r} twice",
                f"{places[uri]} and {place}",
                "one part per URI",
                "give each benchmark a name of its own",
            )
        places[uri] = place
        if _instructions(part):
            metrics = simulation_metrics(part.events, part.totals)
            noise = _noise(metrics, [one[uri] for one in provenance.layouts if uri in one])
            found[uri] = Benchmark(uri, label, mode, {**metrics}, noise=noise)
        elif not allow_empty:
            raise problem(
                provenance,
                f"counted nothing for {uri!r}",
                f"no instruction at {place}",
                "at least one",
                "let the benchmark work between start and stop, or set allow_empty",
            )
        else:
            skipped.append(Unmeasured(uri, label, mode, "skipped", "it counted no instruction"))
    if not found and not allow_empty:
        raise problem(
            provenance,
            "measured nothing",
            f"no benchmark in {profile}/*.out",
            "at least one",
            "check that the program runs its benchmarks and is built with CodSpeed's integration, "
            "or set allow_empty",
        )
    how = replace(provenance, layouts=[])
    return merge([Results(SCHEMA, list(found.values()), [how], unmeasured=skipped)])


def _noise(metrics: Mapping[str, int], layouts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Returns the largest difference of each metric between all layouts; nothing without any."""
    runs = [metrics, *(simulation_metrics(list(one), list(one.values())) for one in layouts)]
    if len(runs) == 1:
        return {}
    return {
        name: max(one[name] for one in runs) - min(one[name] for one in runs)
        for name in metrics
        if all(name in one for one in runs)
    }


def _benchmark_parts(profile: Path, provenance: Provenance) -> Iterator[tuple[str, Part, str]]:
    """Yields URI, part and place of each benchmark of a profile folder; checks the other parts.

    The costs of a part include those of the processes that it started.
    """
    files = _profiles(profile)
    processes = {process: _parts(file, provenance) for process, file in files}
    children = adopted(processes)
    for process, file in files:
        for ordinal, part in enumerate(processes[process], start=1):
            place = f"{file}:{part.line}"
            if not isinstance(part.trigger, BenchmarkEnd):
                inherits = process != _FIRST_PROCESS and ordinal == 1
                if process not in children:
                    _check_other_part(part, inherits, place, provenance)
                continue
            if not part.trigger.uri.strip():
                raise problem(
                    provenance,
                    "reports a benchmark without a name",
                    f"the URI {part.trigger.uri!r} at {place}",
                    "one such as 'pkg/sort_bench.cc::sort'",
                    "report the benchmark by a URI that is not blank",
                )
            yield part.trigger.uri, whole(part, processes), place


def _parts(file: Path, provenance: Provenance) -> list[Part]:
    try:
        return list(read_file(file))
    except CallgrindError as error:
        raise problem(
            provenance,
            "left a profile that cannot be read",
            str(error),
            "a complete callgrind profile",
            "check that the program ends by itself and that the disk is not full",
        ) from error


def _profiles(profile: Path) -> list[tuple[int, Path]]:
    """Returns the profiles of processes that left one, by the driver's numbers for them."""
    found = []
    for file in profile.iterdir():
        match = _PROFILE.fullmatch(file.name)
        # A process that is killed, or replaced by one that is not traced, leaves an empty file.
        if match and file.stat().st_size:
            found.append((int(match[1]), file))
    return sorted(found)


def _check_other_part(part: Part, inherits: bool, place: str, provenance: Provenance) -> None:
    """Refuses costs that belong to no benchmark.

    Integrations count only between start and stop, and report at once: all other parts
    of a correct program are empty, whatever wrote them. Costs in such a part are those of a
    region that was never reported (then the end of the program writes them, and there
    is not a number to show), of a benchmark that a dump cut in two (then its number is
    too small), or of one that is named like a registration.

    But a process that is forked within a measured region inherits counters and
    instrumentation, and the first part that it writes holds them: at its end, or when it
    registers. The parent reports its own, so nothing is lost. The file of a process does
    not show whether it was forked; the first one was not. No integration asks for a dump
    without a reason, so that is refused in forked processes as well.

    Costs that the program discards cannot be found: each start in C, C++ and Rust sets
    all counters to zero. google_benchmark's integration counts and discards a warm-up of
    each benchmark, so a trace of discarded costs is not an error either.

    Args:
      part: any part other than a benchmark's.
      inherits: whether the part may hold what its process inherited.
      place: file and line of the part.
      provenance: how it was measured.

    Raises:
      CodSpeedError: the part holds costs.
    """
    if not _instructions(part) or (inherits and not isinstance(part.trigger, Other)):
        return
    match part.trigger:
        case Metadata():
            fix = _FIX_METADATA
        case Termination():
            fix = _FIX_EXEC if provenance.framework == "exec" else _FIX_TERMINATION
        case _:
            fix = _FIX_DUMP
    raise problem(
        provenance,
        "counted costs that belong to no benchmark",
        f"{part.totals[0]} {part.events[0]} at {place}, where the trigger is "
        f"{trigger_text(part.trigger)!r}",
        "costs in the parts of benchmarks only",
        fix,
    )


def _instructions(part: Part) -> int:
    """Returns the count of callgrind's first event, `Ir`: without it there are no other costs."""
    return part.totals[0]
