"""Names of walltime's metrics. Nanoseconds are per iteration, except for the total."""

from __future__ import annotations

MEDIAN = "median_ns"
MEAN = "mean_ns"
STDEV = "stdev_ns"
MIN = "min_ns"
MAX = "max_ns"
Q1 = "q1_ns"
Q3 = "q3_ns"
ROUNDS = "rounds"
ITERATIONS = "iterations"
"""Iterations in a round."""
WARMUP_ITERATIONS = "warmup_iterations"
IQR_OUTLIERS = "iqr_outliers"
STDEV_OUTLIERS = "stdev_outliers"
TOTAL = "total_ns"
PROCESSES = "processes"
"""How many times the program ran; absent if it ran once, as is the next metric."""
BETWEEN_PROCESSES = "between_processes_ns"
"""Sample standard deviation of the medians of the processes."""

ALL = (
    MEDIAN,
    MEAN,
    STDEV,
    MIN,
    MAX,
    Q1,
    Q3,
    ROUNDS,
    ITERATIONS,
    WARMUP_ITERATIONS,
    IQR_OUTLIERS,
    STDEV_OUTLIERS,
    TOTAL,
    PROCESSES,
    BETWEEN_PROCESSES,
)
"""In the order of results."""
