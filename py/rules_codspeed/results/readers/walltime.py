"""Reads the times of a target that was measured in mode walltime."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, Unmeasured, merge
from rules_codspeed.results.readers.walltime_document import (
    Run,
    Timing,
    WalltimeDocument,
    parse_walltime,
)
from rules_codspeed.results.summary import problem
from rules_codspeed.results.walltime_metrics import BETWEEN_PROCESSES, MEDIAN, PROCESSES

_MOST_NAMES = 3

_FIX_EMPTY = (
    "check that the program runs its benchmarks and is built with CodSpeed's integration in "
    "walltime mode, or set allow_empty"
)
_FIX_ZERO = (
    "let the benchmark work between start and stop; do not register one that cannot run, as "
    "google_benchmark's SkipWithError leaves a row of zeros; or set allow_empty"
)


def summarize(measured: Path, provenance: Provenance, allow_empty: bool = False) -> Results:
    """Reads the document of the measuring driver, and makes results from it.

    Args:
      measured: the document, JSON.
      provenance: how it was measured.
      allow_empty: see `summarize_walltime`.

    Raises:
      CodSpeedError: the document cannot be read, or see `summarize_walltime`.
      OSError: the file cannot be read.
    """
    try:
        document = parse_walltime(read_document(measured, RESULTS_DOCUMENT))
    except DocumentError as error:
        raise problem(
            provenance,
            "left results that cannot be read",
            f"{measured}: {error}",
            "documents with the fields and types of CodSpeed's integrations",
            "update the integration, or correct what writes the document",
        ) from error
    return summarize_walltime(document, provenance, allow_empty)


def summarize_walltime(
    document: WalltimeDocument, provenance: Provenance, allow_empty: bool = False
) -> Results:
    """Makes results from what each run of a program measured (spec: walltime 6).

    Args:
      document: of the measuring driver.
      provenance: how it was measured.
      allow_empty: let runs without a benchmark, or one that took no time, pass.

    Returns:
      Benchmarks sorted by URI, with the statistics of the chosen run and the differences between
      runs. Those that took no time are skipped: zero was not measured.

    Raises:
      CodSpeedError: a URI is blank or occurs twice in a run, runs measured different benchmarks,
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
            queries=document.runs[document.chosen].queries.get(uri, []),
        )
        for uri, timing in chosen.items()
    ]
    skipped = [
        Unmeasured(one.uri, provenance.label, provenance.mode, "skipped", "it took no time")
        for one in document.runs[document.chosen].timings
        if not one.measured
    ]
    return merge([Results(SCHEMA, benchmarks, [provenance], unmeasured=skipped)])


def _timings(run: Run, provenance: Provenance, allow_empty: bool) -> dict[str, Timing]:
    """Returns what a run measured, by URI.

    An empty document is refused even beside others, as CodSpeed's runner does
    (spec: walltime 6.4).
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
) -> CodSpeedError:
    missing, added = sorted(set(first) - set(other)), sorted(set(other) - set(first))
    differences = (
        [f"process {number} of {count} did not measure {_names(missing)}"] if missing else []
    )
    differences += [f"process 1 of {count} did not measure {_names(added)}"] if added else []
    return problem(
        provenance,
        "measures other benchmarks in each process",
        "; ".join(differences),
        "the same benchmarks whenever the program runs",
        "make names independent of chance, time and process, or set processes = 1",
    )


def _names(uris: Sequence[str]) -> str:
    others = len(uris) - _MOST_NAMES
    text = ", ".join(map(repr, uris[:_MOST_NAMES]))
    return f"{text} and {others} more" if others > 0 else text


def _between(timings: Sequence[Timing]) -> dict[str, int | float]:
    """Returns how many times the program ran, and how much its runs differ; empty for one run."""
    if len(timings) < 2:
        return {}
    medians = [one.metrics[MEDIAN] for one in timings]
    return {PROCESSES: len(timings), BETWEEN_PROCESSES: statistics.stdev(medians)}


def _rounds(uri: str, runs: Sequence[Run]) -> list[list[float]]:
    """Returns the rounds of each run; an empty list for one whose rounds are not known."""
    if not any(uri in run.rounds_ns for run in runs):
        return []
    return [run.rounds_ns.get(uri, []) for run in runs]
