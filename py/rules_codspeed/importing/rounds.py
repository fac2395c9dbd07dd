"""Statistics of rounds that a file has one by one."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from rules_codspeed.importing.found import Metrics
from rules_codspeed.results import walltime_metrics as names


def metrics_of(processes: Sequence[Sequence[float]], iterations: Sequence[int] = ()) -> Metrics:
    """Returns the metrics of a benchmark.

    One round has no deviation and no quartiles: they are absent. Quartiles are interpolated
    between the first time and the last (method `inclusive` of Python's `statistics`).

    Args:
      processes: of each process, the time of each round by iteration in nanoseconds; one round at
        least.
      iterations: of each round, in the order of all processes; empty where they are not known.
    """
    times = sorted(time for process in processes for time in process)
    found: Metrics = {names.MEDIAN: statistics.median(times), names.MEAN: statistics.fmean(times)}
    if len(times) > 1:
        q1, _, q3 = statistics.quantiles(times, n=4, method="inclusive")
        found |= {
            names.STDEV: statistics.stdev(times),
            names.MIN: times[0],
            names.MAX: times[-1],
            names.Q1: q1,
            names.Q3: q3,
        }
    found[names.ROUNDS] = len(times)
    if iterations:
        found[names.ITERATIONS] = sum(iterations) // len(iterations)
    medians = [statistics.median(process) for process in processes if process]
    if len(medians) > 1:
        found[names.PROCESSES] = len(medians)
        found[names.BETWEEN_PROCESSES] = statistics.stdev(medians)
    return found
