"""How many times a command runs: the algorithm of exec-harness (spec: walltime 7.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.walltime.exec_harness.options import ExecOptions


class Round(NamedTuple):
    """One run of the command.

    Attributes:
      start: CLOCK_MONOTONIC in ns when it was started.
      end: CLOCK_MONOTONIC in ns when it had ended.
    """

    start: int
    end: int

    @property
    def duration(self) -> int:
        """Nanoseconds."""
        return self.end - self.start


def measure_rounds(
    options: ExecOptions,
    one_round: Callable[[], Round],
    now: Callable[[], int],
    log: Callable[[str], None],
) -> list[Round]:
    """Runs a command as often as its options say.

    Args:
      options: bounds.
      one_round: runs it once.
      now: returns CLOCK_MONOTONIC in ns.
      log: takes lines for the log.

    Returns:
      The rounds that count: not those of the warm-up, unless one of these took all of the time.

    Raises:
      CodSpeedError: nothing bounds the rounds, or `one_round` raised it.
    """
    if options.warmup_ns > 0:
        warm, elapsed = _warm_up(options.warmup_ns, one_round, now)
        limit = options.max_time_ns
        if len(warm) == 1 and limit is not None and limit <= warm[0].duration:
            log("one execution before the measurement took max_time; it is the only round")
            return warm
        target: int | None = _rounds_by_time(options, max(1, elapsed // len(warm)), log)
        log(f"{len(warm)} executions before the measurement; now {target} rounds")
    else:
        target = _rounds_without_warm_up(options)
    return _loop(options, target, one_round, now)


def _warm_up(
    duration: int, one_round: Callable[[], Round], now: Callable[[], int]
) -> tuple[list[Round], int]:
    """Returns the rounds and how long they took together, gaps included."""
    rounds = []
    start = now()
    while now() < start + duration:
        rounds.append(one_round())
    # If the clock jumps over the whole time, there is none.
    return rounds or [one_round()], now() - start


def _rounds_by_time(options: ExecOptions, average: int, log: Callable[[str], None]) -> int:
    """Returns the number of rounds that takes the time asked for.

    Raises:
      CodSpeedError: nothing bounds it.
    """
    _, min_time, min_rounds, max_time, max_rounds = options
    least = _known(min_rounds, min_time, lambda time: (time + average) // average + 1)
    most = _known(max_rounds, max_time, lambda time: (time + average) // average)
    if least and most:
        low, high = max(least), min(most)
        if low > high:
            log(f"warning: at least {low} rounds are more than {high}; {high} are run")
            return high
        return (low + high) // 2
    if not least and not most:
        raise _unbounded()
    return max(least) if least else min(most)


def _known(rounds: int | None, time: int | None, by_time: Callable[[int], int]) -> list[int]:
    """Returns the given bounds, all as numbers of rounds."""
    by_count = [] if rounds is None else [rounds]
    return by_count if time is None else [*by_count, by_time(time)]


def _rounds_without_warm_up(options: ExecOptions) -> int | None:
    """Returns the number of rounds; None if only time bounds them.

    Raises:
      CodSpeedError: nothing bounds them.
    """
    _, min_time, min_rounds, max_time, max_rounds = options
    # A bound in rounds alone precedes one in both.
    if max_rounds is not None and max_time is None:
        return max_rounds
    if min_rounds is not None and min_time is None:
        return min_rounds
    rounds = min_rounds if max_rounds is None else max_rounds
    if rounds is None and min_time is None and max_time is None:
        raise _unbounded()
    return rounds


def _loop(
    options: ExecOptions,
    target: int | None,
    one_round: Callable[[], Round],
    now: Callable[[], int],
) -> list[Round]:
    """Runs rounds until a bound is reached; always one."""
    rounds: list[Round] = []
    start = now()
    while True:
        rounds.append(one_round())
        elapsed = now() - start
        if options.max_time_ns is not None and elapsed >= options.max_time_ns:
            return rounds
        if target is not None:
            if len(rounds) >= target:
                return rounds
        elif options.min_time_ns is not None and elapsed >= options.min_time_ns:
            return rounds


def _unbounded() -> Exception:
    return BenchmarkError(
        "nothing limits how many rounds a benchmark has",
        got="max_time of 0, and no other bound",
        expected="one of max_time, min_time, max_rounds and min_rounds",
        fix="set one of them in walltime_args",
    )
