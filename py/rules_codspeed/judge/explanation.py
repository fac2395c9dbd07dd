"""Which functions account for a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules_codspeed.judge.baseline import LEAST_SHARE, MOST_FUNCTIONS, Functions

_MOST = 5


@dataclass(frozen=True, slots=True)
class Mover:
    """A function whose cost changed.

    Attributes:
      name: of the function.
      before: its own cost; None where the baseline does not state it, as it was small or not there.
      after: its own cost now; 0 where it is gone.
    """

    name: str
    before: int | None
    after: int

    @property
    def difference(self) -> int:
        """What it costs more than before."""
        return self.after - (self.before or 0)


def movers(before: Functions, after: Functions, metric: str) -> list[Mover]:
    """Returns the functions that cost so much more or less, the largest difference first.

    A function that the baseline does not list was too cheap for it: it is left out unless it
    costs more than what is too cheap.
    """
    stated = [costs.get(metric, 0) for costs in before.values()]
    least = min(stated) if len(stated) >= MOST_FUNCTIONS else sum(stated) // LEAST_SHARE
    found = [
        Mover(name, costs.get(metric, 0), after.get(name, {}).get(metric, 0))
        for name, costs in before.items()
    ]
    found += [
        Mover(name, None, costs[metric])
        for name, costs in after.items()
        if name not in before and costs.get(metric, 0) > least
    ]
    return _largest(one for one in found if one.difference)


def _largest(found: Iterable[Mover]) -> list[Mover]:
    return sorted(found, key=lambda one: (-abs(one.difference), one.name))[:_MOST]
