"""Reads the times of one target into results.json. Entry of the action CodSpeedResults."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

if __name__ == "__main__":
    # As in summarize.py.
    sys.path.insert(0, str(Path(__file__).absolute().parents[2]))

from rules_codspeed.results.metrics import BETWEEN_PROCESSES, MEDIAN, PROCESSES
from rules_codspeed.results.model import SCHEMA, Benchmark, Provenance, Results, merge
from rules_codspeed.results.summary import SummaryError, problem, read_provenance
from rules_codspeed.results.walltime_document import (
    Run,
    Timing,
    WalltimeDocument,
    WalltimeError,
    parse_walltime,
)

_MOST_NAMES = 3

_FIX_EMPTY = (
    "check that the program runs its benchmarks and is built with CodSpeed's integration in "
    "walltime mode, or set allow_empty"
)
_FIX_ZERO = (
    "let the benchmark work between start and stop; do not register one that cannot run, as "
    "google_benchmark's SkipWithError leaves a row of zeros; or set allow_empty"
)


def summarize_walltime(
    document: WalltimeDocument, provenance: Provenance, allow_empty: bool = False
) -> Results:
    """Makes results of what each run of a program measured (spec/walltime.md 6).

    Args:
      document: of the measuring driver.
      provenance: how it was measured.
      allow_empty: let runs without a benchmark, or one that took no time, pass.

    Returns:
      Benchmarks sorted by URI, with the statistics of the chosen run, and with how much the runs
      differ; without those that took no time, as zero was not measured.

    Raises:
      SummaryError: a URI is blank or occurs twice in a run, runs measured different benchmarks,
        or nothing was measured.
    """
    runs = [_timings(one, provenance, allow_empty) for one in document.runs]
    for number, run in enumerate(runs[1:], start=2):
        if run.keys() != runs[0].keys():
            raise _different(provenance, runs[0].keys(), run.keys(), number, len(runs))
    chosen = runs[document.chosen]
    if not chosen and not allow_empty:
        raise problem(
            provenance,
            "measured nothing",
            "no file with results",
            "at least one benchmark",
            _FIX_EMPTY,
        )
    benchmarks = [
        Benchmark(
            uri,
            provenance.label,
            provenance.mode,
            timing.metrics | _between([run[uri] for run in runs]),
            _rounds(uri, document.runs),
        )
        for uri, timing in chosen.items()
    ]
    return merge([Results(SCHEMA, benchmarks, [provenance])])


def _timings(run: Run, provenance: Provenance, allow_empty: bool) -> dict[str, Timing]:
    """Returns what a run measured, by URI.

    An empty document is refused even beside others, as CodSpeed's runner does (6.4).
    """
    if run.empty and not allow_empty:
        raise problem(
            provenance,
            "wrote results without a benchmark",
            f"{run.empty[0]}, whose benchmarks are an empty list",
            "at least one",
            _FIX_EMPTY,
        )
    places: dict[str, Timing] = {}
    for timing in run.timings:
        if not timing.uri.strip():
            raise problem(
                provenance,
                "reports a benchmark without a name",
                f"the URI {timing.uri!r} at {timing.place}",
                "one such as 'pkg/sort_bench.cc::sort'",
                "report the benchmark by a URI that is not blank",
            )
        if timing.uri in places:
            raise problem(
                provenance,
                f"measures {timing.uri!r} twice",
                f"{places[timing.uri].place} and {timing.place}",
                "one result per URI",
                "give each benchmark a name of its own",
            )
        places[timing.uri] = timing
        if not timing.measured and not allow_empty:
            raise problem(
                provenance,
                f"took no time for {timing.uri!r}",
                f"no rounds, or times that are all zero, at {timing.place}",
                "at least one round that takes time",
                _FIX_ZERO,
            )
    return {uri: timing for uri, timing in places.items() if timing.measured}


def _different(
    provenance: Provenance, first: Iterable[str], other: Iterable[str], number: int, count: int
) -> SummaryError:
    missing, added = sorted(set(first) - set(other)), sorted(set(other) - set(first))
    told = [f"process {number} of {count} did not measure {_names(missing)}"] if missing else []
    told += [f"process 1 of {count} did not measure {_names(added)}"] if added else []
    return problem(
        provenance,
        "measures other benchmarks in each process",
        "; ".join(told),
        "the same benchmarks whenever the program runs",
        "let names depend neither on chance nor on the time or the process, or set processes = 1",
    )


def _names(uris: Sequence[str]) -> str:
    others = len(uris) - _MOST_NAMES
    text = ", ".join(map(repr, uris[:_MOST_NAMES]))
    return f"{text} and {others} more" if others > 0 else text


def _between(timings: Sequence[Timing]) -> dict[str, int | float]:
    """Returns how often the program ran, and how much its runs differ; nothing of one run."""
    if len(timings) < 2:
        return {}
    medians = [one.metrics[MEDIAN] for one in timings]
    return {PROCESSES: len(timings), BETWEEN_PROCESSES: statistics.stdev(medians)}


def _rounds(uri: str, runs: Sequence[Run]) -> list[list[float]]:
    """Returns the rounds of each run; an empty list for one whose rounds are not known."""
    if not any(uri in run.rounds_ns for run in runs):
        return []
    return [run.rounds_ns.get(uri, []) for run in runs]


def _run(arguments: list[str] | None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--walltime", type=Path, required=True, help="what each run measured")
    parser.add_argument("--provenance", type=Path, required=True, help="how it was measured")
    parser.add_argument("--output", type=Path, required=True, help="results.json to write")
    parser.add_argument("--allow-empty", action="store_true", help="let no benchmark pass")
    options = parser.parse_args(arguments)
    provenance = read_provenance(options.provenance, "walltime")
    try:
        document = parse_walltime(options.walltime.read_bytes())
    except WalltimeError as error:
        raise problem(
            provenance,
            "left results that cannot be read",
            f"{options.walltime}: {error}",
            "documents with the fields and types of CodSpeed's integrations",
            "update the integration, or correct what writes the document",
        ) from error
    results = summarize_walltime(document, provenance, options.allow_empty)
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
