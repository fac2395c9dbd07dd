"""Names of metrics; those of a simulation are callgrind's events, and what is derived from them."""

from __future__ import annotations

from collections.abc import Sequence

# Time of the host's system calls (`--collect-systime`): it is not simulated.
HOST_EVENTS = frozenset({"sysTime", "sysCpuTime"})

L1_MISSES = "L1m"
LL_MISSES = "LLm"
ESTIMATED_CYCLES = "estimated_cycles"

# Of walltime: nanoseconds are those of one iteration, but for the total.
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
"""How many times the program ran; absent where it was once, as is the next one."""
BETWEEN_PROCESSES = "between_processes_ns"
"""Sample standard deviation of the medians of the processes."""

WALLTIME = (
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

# Weighted sums of metrics before them, as KCachegrind defines L1m, L2m (LLm since
# Valgrind 3.6 names the last level so) and CEst: KDE/kcachegrind,
# libcore/globalconfig.cpp, GlobalConfig::knownFormula.
_DERIVED = {
    L1_MISSES: {"I1mr": 1, "D1mr": 1, "D1mw": 1},
    LL_MISSES: {"ILmr": 1, "DLmr": 1, "DLmw": 1},
    ESTIMATED_CYCLES: {"Ir": 1, L1_MISSES: 10, LL_MISSES: 100},
}


def simulation_metrics(events: Sequence[str], totals: Sequence[int]) -> dict[str, int]:
    """Returns the metrics of one benchmark.

    Args:
      events: names of callgrind's events.
      totals: their counts, in the same order.

    Returns:
      Counts by event without the host's times, then the derived ones whose events
      were all counted: without a cache simulation there are no misses.
    """
    metrics = {
        event: total
        for event, total in zip(events, totals, strict=True)
        if event not in HOST_EVENTS
    }
    for name, weights in _DERIVED.items():
        if weights.keys() <= metrics.keys():
            metrics[name] = sum(weight * metrics[event] for event, weight in weights.items())
    return metrics
