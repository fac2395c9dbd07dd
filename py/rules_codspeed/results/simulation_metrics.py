"""Metrics of a simulation: callgrind's events, and metrics derived from them."""

from __future__ import annotations

from collections.abc import Sequence

# Time of the host's system calls (`--collect-systime`): it is not simulated.
HOST_EVENTS = frozenset({"sysTime", "sysCpuTime"})

INSTRUCTIONS = "Ir"
L1_MISSES = "L1m"
LL_MISSES = "LLm"
ESTIMATED_CYCLES = "estimated_cycles"
CYCLES = "Ct"
"""Cycles by throughput, in hundredths: an event of CodSpeed's Valgrind (spec: valgrind-fork 6)."""

# Weighted sums of metrics before them, as KCachegrind defines L1m, L2m (LLm since
# Valgrind 3.6 names the last level so) and CEst: KDE/kcachegrind,
# libcore/globalconfig.cpp, GlobalConfig::knownFormula.
_DERIVED = {
    L1_MISSES: {"I1mr": 1, "D1mr": 1, "D1mw": 1},
    LL_MISSES: {"ILmr": 1, "DLmr": 1, "DLmw": 1},
    ESTIMATED_CYCLES: {INSTRUCTIONS: 1, L1_MISSES: 10, LL_MISSES: 100},
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
