"""What metrics are called, and which of them tell a benchmark in one line."""

from __future__ import annotations

from rules_codspeed.results import metrics

LABELS = {
    "Ir": "Instructions",
    metrics.L1_MISSES: "L1 misses",
    metrics.LL_MISSES: "LL misses",
    metrics.ESTIMATED_CYCLES: "Estimated cycles",
    "Ct": "Cycles (throughput)",
    "Cl": "Cycles (latency)",
    metrics.MEDIAN: "Median",
    metrics.MEAN: "Mean",
    metrics.STDEV: "Standard deviation",
    metrics.MIN: "Fastest",
    metrics.MAX: "Slowest",
    metrics.Q1: "First quartile",
    metrics.Q3: "Third quartile",
    metrics.ROUNDS: "Rounds",
    metrics.ITERATIONS: "Iterations",
    metrics.WARMUP_ITERATIONS: "Warm-up iterations",
    metrics.IQR_OUTLIERS: "Outliers (quartiles)",
    metrics.STDEV_OUTLIERS: "Outliers (deviation)",
    metrics.TOTAL: "Total time",
    metrics.PROCESSES: "Processes",
    metrics.BETWEEN_PROCESSES: "Deviation between processes",
    "samples": "Samples",
}
"""What a metric is called; others are called by their own names."""

SHORT = {
    "simulation": ("Ir", metrics.L1_MISSES, metrics.LL_MISSES, metrics.ESTIMATED_CYCLES),
    "walltime": (metrics.MEDIAN, metrics.MEAN, metrics.STDEV, metrics.ROUNDS),
}
"""By mode: the metrics that tell a benchmark in one line, the most important first."""

NANOSECONDS = "ns"


def label(metric: str) -> str:
    """Returns what a metric is called."""
    return LABELS.get(metric, metric)


def unit(metric: str) -> str:
    """Returns `ns` for times, an empty text for counts."""
    return NANOSECONDS if metric.endswith("_ns") else ""
