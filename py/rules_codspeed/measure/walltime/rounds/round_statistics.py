"""Statistics of a benchmark's rounds, as each integration computes them (spec: walltime 6.3)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

Quantile = Callable[[Sequence[float], float], float]

_IQR_FACTOR: Final = 1.5


class Method(NamedTuple):
    """How an integration computes.

    Attributes:
      quantile: takes sorted times and a part from 0 to 1.
      integers: whether a time by iteration is cut to whole nanoseconds.
      deviation: standard deviation of two times or more: of a sample, or of the population.
      stdev_factor: deviations from the mean beyond which a round is an outlier.
    """

    quantile: Quantile
    integers: bool = False
    deviation: Callable[[Sequence[float]], float] = statistics.stdev
    stdev_factor: float = 3.0


class Statistics(NamedTuple):
    """Times by iteration in ns, named and ordered as in results (spec: walltime 6.2).

    Attributes:
      min_ns: shortest.
      max_ns: longest.
      mean_ns: mean.
      stdev_ns: standard deviation.
      q1_ns: first quartile.
      median_ns: median.
      q3_ns: third quartile.
      rounds: number of rounds.
      total_time: seconds of all rounds.
      iqr_outlier_rounds: rounds far from the quartiles.
      stdev_outlier_rounds: rounds far from the mean.
      iter_per_round: iterations of a round; their mean if they differ.
      warmup_iters: iterations before the first round.
    """

    min_ns: float = 0.0
    max_ns: float = 0.0
    mean_ns: float = 0.0
    stdev_ns: float = 0.0
    q1_ns: float = 0.0
    median_ns: float = 0.0
    q3_ns: float = 0.0
    rounds: int = 0
    total_time: float = 0.0
    iqr_outlier_rounds: int = 0
    stdev_outlier_rounds: int = 0
    iter_per_round: int = 0
    warmup_iters: int = 0


def statistics_of(
    method: Method, times_ns: Sequence[float], iterations: Sequence[int], warmup_iters: int = 0
) -> Statistics:
    """Returns the statistics of rounds; all are 0 if there are none.

    Args:
      method: of the integration.
      times_ns: of each round; whole numbers where the method cuts.
      iterations: of each round, 1 or more.
      warmup_iters: iterations before the first round.
    """
    if not times_ns:
        return Statistics(warmup_iters=warmup_iters)
    times = sorted(times_by_iteration(method, times_ns, iterations))
    # Exact, as pytest-codspeed computes: rounds of one time have no deviation.
    mean = statistics.mean(times)
    stdev = method.deviation(times) if len(times) > 1 else 0.0
    q1, q3 = method.quantile(times, 0.25), method.quantile(times, 0.75)
    low, high = q1 - _IQR_FACTOR * (q3 - q1), q3 + _IQR_FACTOR * (q3 - q1)
    far = method.stdev_factor * stdev
    return Statistics(
        min_ns=times[0],
        max_ns=times[-1],
        mean_ns=mean,
        stdev_ns=stdev,
        q1_ns=q1,
        median_ns=_median(times),
        q3_ns=q3,
        rounds=len(times),
        total_time=math.fsum(times_ns) / 1e9,
        iqr_outlier_rounds=sum(time < low or time > high for time in times),
        stdev_outlier_rounds=sum(time < mean - far or time > mean + far for time in times),
        iter_per_round=sum(iterations) // len(iterations),
        warmup_iters=warmup_iters,
    )


def times_by_iteration(
    method: Method, times_ns: Sequence[float], iterations: Sequence[int]
) -> list[float]:
    """Returns the time of an iteration of each round, in ns."""
    rounds = zip(times_ns, iterations, strict=True)
    if method.integers:
        return [float(time // count) for time, count in rounds]
    return [time / count for time, count in rounds]


def _median(times: Sequence[float]) -> float:
    middle = len(times) // 2
    return times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2


def _exclusive(times: Sequence[float], part: float) -> float:
    """As exec-harness: it interpolates between two values, where Python extrapolates."""
    if len(times) == 1:
        return times[0]
    if len(times) == 2:
        return times[0] * (1 - part) + times[1] * part
    position = part * (len(times) + 1) - 1
    index = int(position)
    if index + 1 >= len(times):
        return times[-1]
    rest = position - index
    return times[index] * (1 - rest) + times[index + 1] * rest


def _python_exclusive(times: Sequence[float], part: float) -> float:
    """As `statistics.quantiles(n=4)`, by the quarters of whole numbers that it computes with."""
    if len(times) == 1:
        return times[0]
    quarters = round(part * 4)
    index, rest = divmod(quarters * (len(times) + 1), 4)
    index = min(max(index, 1), len(times) - 1)
    rest = quarters * (len(times) + 1) - index * 4
    return (times[index - 1] * (4 - rest) + times[index] * rest) / 4


def _inclusive(times: Sequence[float], part: float) -> float:
    """Positions counted from 0 to the last."""
    position = part * (len(times) - 1)
    index = int(position)
    if index + 1 >= len(times):
        return times[-1]
    return times[index] + (position - index) * (times[index + 1] - times[index])


def _third(times: Sequence[float], part: float) -> float:
    """R-8: positions by thirds, counted from 1."""
    position = (len(times) + 1 / 3) * part + 1 / 3
    index = int(position)
    if index <= 0:
        return times[0]
    if index >= len(times):
        return times[-1]
    low, high = times[index - 1], times[index]
    return low + (position - index) * (high - low)


EXEC_HARNESS: Final = Method(_exclusive, integers=True, stdev_factor=2.0)
PYTEST: Final = Method(_python_exclusive)
CPP: Final = Method(_inclusive, deviation=statistics.pstdev)
RUST: Final = Method(_third, integers=True)
GO: Final = RUST
NODE: Final = Method(_inclusive)
