"""Results in Bencher Metric Format: numbers by benchmark and measure (bencher.dev, BMF)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.results.memory_metrics import CALLS, PEAK, TOTAL
from rules_codspeed.results.model import Benchmark, Results
from rules_codspeed.results.simulation_metrics import (
    CYCLES,
    ESTIMATED_CYCLES,
    INSTRUCTIONS,
    L1_MISSES,
    LL_MISSES,
)
from rules_codspeed.results.walltime_metrics import MEDIAN, Q1, Q3

LONGEST_NAME = 1024  # characters that Bencher accepts

_MEASURES = {
    INSTRUCTIONS: "instructions",
    L1_MISSES: "l1-misses",
    LL_MISSES: "ll-misses",
    ESTIMATED_CYCLES: "estimated-cycles",
    PEAK: "peak-memory",
    TOTAL: "total-allocated",
    CALLS: "allocations",
}
_CYCLES = "cycles"
_LATENCY = "latency"  # Bencher's own measure, in nanoseconds

Metric = dict[str, int | float]


def export(run: Measured, path: Path) -> None:
    """Writes the results of a run; raises OSError."""
    with output_file(path) as file:
        file.write(bencher(run.results))


def bencher(results: Results) -> bytes:
    """Returns a document for `bencher run --adapter json`.

    A time is the median, with the quartiles as its bounds. A benchmark is named by its URI,
    with its target where several have the same; modes are measures of one benchmark.
    """
    targets = {(one.uri, one.label) for one in results.benchmarks}
    shared = Counter(uri for uri, _ in targets)
    document: dict[str, dict[str, Metric]] = {}
    for one in results.benchmarks:
        name = one.uri if shared[one.uri] == 1 else f"{one.uri} ({one.label})"
        document.setdefault(_short(name), {}).update(_measures(one))
    return (json.dumps(document, indent=1) + "\n").encode("ascii")


def _measures(benchmark: Benchmark) -> dict[str, Metric]:
    values = benchmark.metrics
    measures: dict[str, Metric] = {
        measure: {"value": values[name]} for name, measure in _MEASURES.items() if name in values
    }
    if CYCLES in values:
        measures[_CYCLES] = {"value": values[CYCLES] / 100}
    if MEDIAN in values:
        latency: Metric = {"value": values[MEDIAN]}
        if Q1 in values and Q3 in values:
            latency |= {
                "lower_value": values[Q1],
                "upper_value": values[Q3],
            }
        measures[_LATENCY] = latency
    return measures


def _short(name: str) -> str:
    """Returns a name that Bencher accepts, and that no other benchmark has."""
    if len(name) <= LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{name[: LONGEST_NAME - len(digest) - 1]}-{digest}"
