"""A day of commits, what they change, and what waits for a slot meanwhile."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

_DAY_S = 86_400.0
_BUSY_S = 36_000.0  # ten hours, in which `_BUSY_SHARE` of the commits arrive
_BUSY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Model:
    """A repository and its commits.

    Attributes:
      benchmarks: targets that are measured.
      commits: of a day.
      fan: how many things use one of the next depth: a library of depth d is part of fan**d
        benchmarks.
      shares: which part of the commits changes something of depth 0, 1, …
      same: which part of the programs that a change reaches is the same as before, so that
        nothing is measured.
      slower: how often a day something gets slower.
    """

    benchmarks: int
    commits: int
    fan: int
    shares: Sequence[float]
    same: float
    slower: int

    def reached(self, depth: int) -> int:
        """Returns how many benchmarks depend on a library of a depth."""
        return min(self.benchmarks, int(self.fan**depth))


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: when it arrives, in seconds of the day, and which benchmarks depend on its change.

    Benchmarks are numbered so that those of one library follow each other.
    """

    time: float
    first: int
    count: int


def day(model: Model, random: Random) -> list[Commit]:
    """Returns the commits of a day, in the order of time."""
    commits = []
    depths = range(len(model.shares))
    for _ in range(model.commits):
        busy = random.random() < _BUSY_SHARE
        time = random.uniform(0, _BUSY_S) if busy else random.uniform(_BUSY_S, _DAY_S)
        (depth,) = random.choices(depths, model.shares)
        count = model.reached(depth)
        libraries = math.ceil(model.benchmarks / count)
        first = random.randrange(libraries) * count
        commits.append(Commit(time, first, min(count, model.benchmarks - first)))
    return sorted(commits, key=lambda one: one.time)


def waits(work: Sequence[tuple[float, float]], slots: int) -> list[float]:
    """Returns how long each commit takes, from its arrival to its last number.

    Measurements are many and short: so any number of slots is busy until the last one.

    Args:
      work: arrival and seconds of a processor of each commit, in the order of time.
      slots: measurements at a time.
    """
    found = []
    free = 0.0
    for time, seconds in work:
        free = max(free, time) + seconds / slots
        found.append(free - time)
    return found


def percentile(values: Sequence[float], part: float) -> float:
    """Returns the smallest value that so many of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else 0.0


def fewest_slots(work: Sequence[tuple[float, float]], within_s: float) -> int:
    """Returns how many slots let 95 % of the commits be measured within some seconds."""
    low, high = 0, 1
    while percentile(waits(work, high), 0.95) > within_s:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if percentile(waits(work, middle), 0.95) > within_s:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Way:
    """A way to choose what is measured, over a day.

    Attributes:
      name: for the table.
      by_commit: arrival, and how many targets are measured, of each commit.
      by_night: how many are measured in the night after.
      bisected: how many are measured to find the commits of what got slower.
    """

    name: str
    by_commit: Sequence[tuple[float, int]]
    by_night: int
    bisected: int

    @property
    def measured(self) -> int:
        """Measurements of the day."""
        return sum(count for _, count in self.by_commit) + self.by_night + self.bisected


def ways(model: Model, commits: Sequence[Commit], most: int) -> Iterator[Way]:
    """Yields the ways: all that changed, at most so many of a commit, none before the night.

    Args:
      model: the repository.
      commits: of the day.
      most: how many benchmarks of a commit are measured at once in the second way.
    """
    steps = model.slower * math.ceil(math.log2(max(2, len(commits))))
    for name, limit in (
        ("all that changed", model.benchmarks),
        (f"at most {most:,} of a commit, the rest at night", most),
        ("at night", 0),
    ):
        left = bytearray(model.benchmarks)
        by_commit = []
        for one in commits:
            now = min(one.count, limit)
            by_commit.append((one.time, round(now * (1 - model.same))))
            # What is measured now need not be measured at night.
            block = b"\0" * now + b"\1" * (one.count - now)
            left[one.first : one.first + one.count] = block
        by_night = round(left.count(1) * (1 - model.same))
        yield Way(name, by_commit, by_night, steps if limit < model.benchmarks else 0)
