"""Numbers for github-action-benchmark: its tool `customSmallerIsBetter`."""

from __future__ import annotations

import json
from pathlib import Path

from rules_codspeed.contract.escaping import visible
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.results.model import Benchmark, Results
from rules_codspeed.results.modes.registry import label, shown_metrics, unit
from rules_codspeed.results.walltime_metrics import MEDIAN, Q1, Q3


def export(run: Measured, path: Path) -> None:
    """Writes the results of a run; raises OSError."""
    with output_file(path) as file:
        file.write(github_action_benchmark(run.results))


def github_action_benchmark(results: Results) -> bytes:
    """Returns an entry for each number that describes a benchmark: a smaller one is better."""
    document = [entry for one in results.benchmarks for entry in _entries(one)]
    return (json.dumps(document, indent=1) + "\n").encode("ascii")


def _entries(benchmark: Benchmark) -> list[dict[str, object]]:
    name, values = f"{visible(benchmark.uri)} ({benchmark.label})", benchmark.metrics
    entries: list[dict[str, object]] = []
    for metric in shown_metrics(benchmark.mode, [values]):
        if metric not in values:
            continue
        entry: dict[str, object] = {
            "name": f"{name}: {label(metric)}",
            "unit": unit(metric) or "count",
            "value": values[metric],
            "extra": benchmark.mode,
        }
        if metric == MEDIAN and Q1 in values and Q3 in values:
            entry["range"] = f"{values[Q1]:g} to {values[Q3]:g}"
        entries.append(entry)
    return entries
