"""A results file: the example of the specification (spec: walltime 6.3)."""

from __future__ import annotations

from typing import Any

EXAMPLE: dict[str, Any] = {
    "creator": {"name": "my-harness", "version": "1.2.3", "pid": 12345},
    "instrument": {"type": "walltime"},
    "benchmarks": [
        {
            "name": "b",
            "uri": "a.py::b",
            "config": {
                "warmup_time_ns": 1000000000,
                "min_round_time_ns": None,
                "max_time_ns": 3000000000,
                "max_rounds": None,
            },
            "stats": {
                "min_ns": 100.0,
                "max_ns": 600.0,
                "mean_ns": 320.0,
                "stdev_ns": 192.35384061671346,
                "q1_ns": 150.0,
                "median_ns": 300.0,
                "q3_ns": 500.0,
                "rounds": 5,
                "total_time": 1.6e-05,
                "iqr_outlier_rounds": 0,
                "stdev_outlier_rounds": 0,
                "iter_per_round": 10,
                "warmup_iters": 12,
            },
        }
    ],
}
