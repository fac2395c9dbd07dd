"""Which functions account for a change."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from rules_codspeed.judge.baseline import LEAST_SHARE, MOST_FUNCTIONS, Functions

_MOST = 5


@dataclass(frozen=True, slots=True)
class Mover:
    """A function whose cost certainly changed.

    Attributes:
      name: of the function.
      before: its own cost; with `is_least`, the most that it can have been.
      after: its own cost now; 0 where it is gone.
      is_least: whether the baseline does not hold it, so that it grew by the difference or more.
    """

    name: str
    before: int
    after: int
    is_least: bool = False

    @property
    def difference(self) -> int:
        """What it costs more than before; with `is_least`, at least."""
        return self.after - self.before


def movers(before: Functions, after: Functions, metric: str, total: int) -> list[Mover]:
    """Returns the functions that certainly cost more or less, the largest difference first.

    A baseline holds the costliest functions only, and of what is judged. What another one costs
    now says nothing, unless it is more than what is too cheap for a baseline; and nothing is known
    of a metric that the baseline's functions do not have.

    Args:
      before: own costs of the functions that the baseline holds.
      after: own costs of all functions now.
      metric: whose change they account for.
      total: of the benchmark, before.
    """
    kept = {name: costs[metric] for name, costs in before.items() if metric in costs}
    if not kept:
        return []
    found = [Mover(name, cost, after.get(name, {}).get(metric, 0)) for name, cost in kept.items()]
    most = _most_of_others(kept.values(), total)
    found += [
        Mover(name, most, costs[metric], is_least=True)
        for name, costs in after.items()
        if name not in kept and costs.get(metric, 0) > most
    ]
    return _largest(found)


def all_movers(before: Functions, after: Functions, metric: str) -> list[Mover]:
    """Returns the functions that cost more or less, the largest difference first.

    Args:
      before: own costs of all functions.
      after: likewise.
      metric: whose change they account for.
    """
    return _largest(
        Mover(name, before.get(name, {}).get(metric, 0), after.get(name, {}).get(metric, 0))
        for name in dict.fromkeys([*before, *after])
    )


def _most_of_others(kept: Iterable[int], total: int) -> int:
    """Returns the most that a function can have cost which the baseline does not hold.

    It holds the costliest of each metric, so there may be cheaper ones that another metric chose.
    """
    costs = heapq.nlargest(MOST_FUNCTIONS, kept)
    too_little = max(total, sum(costs)) // LEAST_SHARE
    return max(too_little, costs[-1]) if len(costs) == MOST_FUNCTIONS else too_little


def _largest(found: Iterable[Mover]) -> list[Mover]:
    moved = [one for one in found if one.difference]
    return sorted(moved, key=lambda one: (-abs(one.difference), one.name))[:_MOST]
