"""What one run of a program left: its integration's results, and the time of each round."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.fifo.protocol import Marker
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import open_profile
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.walltime.rounds.json_files import read_json
from rules_codspeed.measure.walltime.rounds.own_results import merge_own
from rules_codspeed.measure.walltime.rounds.raw_results import merge_go, merge_rust
from rules_codspeed.measure.walltime.rounds.rounds import Rounds, take_rounds
from rules_codspeed.measure.walltime.rounds.validate import ResultsFile, read_results
from rules_codspeed.measure.walltime.rounds.windows import round_durations

_ENVIRONMENT = re.compile(r"environment-[0-9]{1,10}\.json")
_PLAIN = re.compile(r"[A-Za-z0-9._+-]{1,100}")


class Reported(NamedTuple):
    """What clients reported over the FIFO; empty if there was no FIFO.

    Attributes:
      integration: name and version, or None.
      bench_pids: processes that reported benchmarks, ascending.
      markers: the runner's and the clients', in order of arrival.
      uri_by_ts: time (ns of CLOCK_MONOTONIC) and URI, in order of arrival.
    """

    integration: tuple[str, str] | None = None
    bench_pids: Sequence[int] = ()
    markers: Sequence[Marker] = ()
    uri_by_ts: Sequence[tuple[int, str]] = ()

    def renamed(self, names: Names) -> Reported:
        """Returns the report with URIs free of paths of the stage."""
        return self._replace(uri_by_ts=[(at, _uri(uri, names)) for at, uri in self.uri_by_ts])


class Collected(NamedTuple):
    """What one run measured.

    Attributes:
      results: the files that the integrations wrote, each with its own name.
      rounds: for the benchmarks where it is known, the time per iteration of each round, ns.
      environments: JSON document by name of its file (spec: hooks-fifo 10).
      remarks: sentences for the user.
    """

    results: list[ResultsFile]
    rounds: Rounds
    environments: dict[str, Any]
    remarks: list[str]

    def stats(self) -> dict[str, dict[str, Any]]:
        """Returns the statistics of each benchmark by URI."""
        entries = [one for file in self.results for one in file.document["benchmarks"]]
        return {entry["uri"]: entry["stats"] for entry in entries}


def collect(
    layout: Layout,
    reported: Reported,
    pid: int,
    names: Names,
    allow_empty: bool,
    dropped: Sequence[str] = (),
    own: OwnResults | None = None,
    import_path: Sequence[str] = (),
) -> Collected:
    """Reads and checks what a run left in the profile folder of the stage.

    Args:
      layout: the stage.
      reported: what clients reported, with URIs free of paths.
      pid: process that wrote results of Rust, if no client reported one.
      names: drops paths of the stage.
      allow_empty: whether a run may measure nothing.
      dropped: URIs of benchmarks that must have no number.
      own: what the framework itself writes, where no integration reports.
      import_path: folders of the modules that reading that needs.

    Raises:
      CodSpeedError: the run measured nothing, or left something that cannot be used.
    """
    version = reported.integration[1] if reported.integration else "unknown"
    process = min(reported.bench_pids, default=pid)
    with open_profile(layout, "the program") as profile:
        empty = _merge_rust(layout, profile, version, process)
        rounds = {**merge_go(profile, version), **take_rounds(profile)}
        if own:
            rounds |= merge_own(profile, own, pid, import_path)
        _check_names(profile)
        results = read_results(profile, allow_empty)
        environments = _environments(profile)
    for file in results:
        for entry in file.document["benchmarks"]:
            entry["uri"] = _uri(entry["uri"], names)
    results = [file for file in results if _without(file, dropped)]
    _check_unique(results)
    remarks = [f"{name} takes no time: the compiler removed what it measures" for name in empty]
    collected = Collected(results, {}, environments, remarks)
    _add_marked_rounds(collected, reported)
    known = {_uri(uri, names): times for uri, times in rounds.items()}
    # These are the very times that the statistics are of.
    collected.rounds.update({uri: known[uri] for uri in collected.stats() if uri in known})
    return collected


def _without(file: ResultsFile, dropped: Sequence[str]) -> bool:
    """Removes benchmarks from a file; returns whether anything of it is left."""
    entries = file.document["benchmarks"]
    kept = [entry for entry in entries if entry["uri"] not in dropped]
    left = bool(kept) or not entries
    entries[:] = kept
    return left


def _merge_rust(layout: Layout, profile: UntrustedFolder, version: str, pid: int) -> list[str]:
    """Merges what criterion and divan wrote; returns the benchmarks that take no time."""
    try:
        cargo = UntrustedFolder(layout.cargo, layout.parent)
    except FileNotFoundError:
        return []
    with cargo:
        return merge_rust(cargo, profile, version, pid)


def _environments(profile: UntrustedFolder) -> dict[str, Any]:
    return {
        name: read_json(profile, name, "the environment of a CodSpeed integration")
        for name in profile.names()
        if _ENVIRONMENT.fullmatch(name)
    }


def _uri(uri: str, names: Names) -> str:
    return names.path(uri.encode()).decode("utf-8", "replace")


def _check_names(profile: UntrustedFolder) -> None:
    """Refuses names that Bazel does not accept, or that a message cannot show."""
    names: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        names = profile.names("results")
    for name in names:
        if name.endswith(".json") and not _PLAIN.fullmatch(name):
            raise BenchmarkError(
                "the program left a file of results with an unusable name",
                got=ascii(name)[:200],
                expected="results/<process id>.json",
                fix="let the integration alone write there",
            )


def _check_unique(results: Sequence[ResultsFile]) -> None:
    seen: dict[str, str] = {}
    for file in results:
        for entry in file.document["benchmarks"]:
            uri = entry["uri"]
            if uri in seen:
                raise BenchmarkError(
                    f"the program reported a benchmark twice: {printable(uri[:300])}",
                    got=f"results in {seen[uri]} and again in {file.name}",
                    expected="one result for each URI",
                    fix="give the benchmarks different names, and measure each in one process only",
                )
            seen[uri] = file.name


def _add_marked_rounds(collected: Collected, reported: Reported) -> None:
    """Adds the rounds given by markers, where all rounds have been marked."""
    durations = round_durations(reported.markers, reported.uri_by_ts)
    for uri, stats in collected.stats().items():
        found = durations.get(uri, [])
        if found and len(found) == stats["rounds"]:
            count = max(1, stats["iter_per_round"])
            collected.rounds[uri] = [time / count for time in found]
