"""Documents that integrations write in walltime, and walltime.json of them, for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

STATS: dict[str, Any] = {
    "min_ns": 100.0,
    "max_ns": 600.0,
    "mean_ns": 320.0,
    "stdev_ns": 192.35384061671346,
    "q1_ns": 150.0,
    "median_ns": 300.0,
    "q3_ns": 500.0,
    "rounds": 5,
    "total_time": 1.6e-05,
    "iqr_outlier_rounds": 2,
    "stdev_outlier_rounds": 1,
    "iter_per_round": 10,
    "warmup_iters": 12,
}
"""As in the example (spec: walltime 6.3), with some outliers."""

ZEROS: dict[str, Any] = dict.fromkeys(STATS, 0)
"""What google_benchmark's SkipWithError leaves."""


def benchmark(uri: str, **stats: Any) -> dict[str, Any]:
    """Returns a benchmark; its statistics with some changed."""
    return {
        "name": uri.rpartition("::")[2],
        "uri": uri,
        "config": {
            "warmup_time_ns": 1000000000,
            "min_round_time_ns": None,
            "max_time_ns": 3e9,
            "max_rounds": None,
        },
        "stats": {**STATS, **stats},
    }


def document(*benchmarks: dict[str, Any], pid: int = 12345) -> dict[str, Any]:
    """Returns what one process writes, with fields that readers ignore."""
    return {
        "creator": {"name": "my-harness", "version": "1.2.3", "pid": pid},
        "instrument": {"type": "walltime", "clock_info": {"resolution": 1e-09}},
        "python": {"dependencies": []},
        "benchmarks": list(benchmarks),
    }


def run(
    *documents: dict[str, Any], rounds_ns: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Returns one run of the program."""
    return {"results": list(documents), "rounds_ns": dict(rounds_ns or {})}


def walltime_json(runs: Sequence[dict[str, Any]], chosen: int = 0, **changes: Any) -> str:
    """Returns walltime.json of some runs, as the driver writes it."""
    return json.dumps({"schema": 1, "processes": list(runs), "chosen": chosen, **changes})
