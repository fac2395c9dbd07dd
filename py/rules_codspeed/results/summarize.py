"""Reads the profile of one target into results.json. Entry of the action CodSpeedResults."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved:
    # in a sandbox this file is a link, but its neighbours are beside the link.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))

from rules_codspeed.results.callgrind import CallgrindError, Part, read_file
from rules_codspeed.results.metrics import simulation_metrics
from rules_codspeed.results.model import SCHEMA, Benchmark, Provenance, Results, Simulator, merge
from rules_codspeed.results.trigger import BenchmarkEnd


class SummaryError(Exception):
    """A profile gives no results; the message tells what, where and the next step."""


def summarize(profile: Path, provenance: Provenance, allow_empty: bool = False) -> Results:
    """Reads the benchmarks of a profile folder (spec/simulation.md sections 7, 8.4).

    Args:
      profile: folder with one callgrind file per process, `<n>.out`.
      provenance: how the folder was measured.
      allow_empty: let a folder without a benchmark, or one that counted nothing, pass.

    Returns:
      Benchmarks sorted by URI.

    Raises:
      SummaryError: a file is no complete profile, a URI occurs twice, or nothing was measured.
    """
    label = provenance.label
    found: dict[str, Benchmark] = {}
    places: dict[str, str] = {}
    for uri, part, place in _benchmark_parts(profile, label):
        if uri in found:
            raise SummaryError(
                f"{label} measures {uri!r} twice. Got: {places[uri]} and {place}. Expected: one "
                "part per URI. Fix: give each benchmark a name of its own."
            )
        if not any(part.totals) and not allow_empty:
            raise SummaryError(
                f"{label} counted nothing for {uri!r}. Got: zero costs at {place}. Expected: at "
                "least one instruction. Fix: let the benchmark work between start and stop, or "
                "set allow_empty."
            )
        metrics = simulation_metrics(part.events, part.totals)
        found[uri] = Benchmark(uri, label, provenance.mode, metrics)
        places[uri] = place
    if not found and not allow_empty:
        raise SummaryError(
            f"{label} measured nothing. Got: no benchmark in {profile}/*.out. Expected: at least "
            "one. Fix: check that the program runs its benchmarks and is built with CodSpeed's "
            "integration, or set allow_empty."
        )
    return merge([Results(SCHEMA, list(found.values()), [provenance])])


def _benchmark_parts(profile: Path, label: str) -> Iterator[tuple[str, Part, str]]:
    """Yields URI, part and place of each benchmark of a profile folder."""
    for file in sorted(profile.glob("*.out")):
        # A process that is killed, or replaced by one that is not traced, leaves an empty file.
        if not file.stat().st_size:
            continue
        try:
            for part in read_file(file):
                if isinstance(part.trigger, BenchmarkEnd):
                    yield part.trigger.uri, part, f"{file}:{part.line}"
        except CallgrindError as error:
            raise SummaryError(
                f"the profile of {label} cannot be read. Got: {error}. Expected: a complete "
                "callgrind profile. Fix: see the output group 'log' of the benchmark, and check "
                "that the program ends by itself and that the disk is not full."
            ) from error


def parse_provenance(text: str) -> Provenance:
    """Parses the driver's provenance.json.

    Raises:
      ValueError: it is no JSON object with exactly the fields of `Provenance`.
    """
    document = _object(json.loads(text), Provenance)
    return Provenance(
        **{**document, "simulator": Simulator(**_object(document["simulator"], Simulator))}
    )


def _object(value: object, model: type[Any]) -> dict[str, Any]:
    """Returns `value` if it is an object with exactly the fields of a dataclass."""
    if not isinstance(value, dict):
        raise ValueError(f"{model.__name__} is no JSON object")
    expected = {one.name for one in fields(model)}
    if value.keys() != expected:
        differing = ", ".join(sorted(value.keys() ^ expected))
        raise ValueError(f"{model.__name__} has missing or unknown fields: {differing}")
    return value


def _run(arguments: list[str] | None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=Path, required=True, help="profile folder")
    parser.add_argument("--provenance", type=Path, required=True, help="how it was measured")
    parser.add_argument("--output", type=Path, required=True, help="results.json to write")
    parser.add_argument("--allow-empty", action="store_true", help="let no benchmark pass")
    options = parser.parse_args(arguments)
    try:
        provenance = parse_provenance(options.provenance.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SummaryError(
            f"no provenance. Got: {options.provenance}: {error}. Expected: what the measuring "
            "driver of this version writes. Fix: build the benchmark again."
        ) from error
    results = summarize(options.profile, provenance, options.allow_empty)
    options.output.write_text(results.to_json(), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    try:
        _run(arguments)
    except (SummaryError, OSError) as error:
        print(f"rules_codspeed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
