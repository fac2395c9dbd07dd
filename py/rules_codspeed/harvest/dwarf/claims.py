"""Which units claim which addresses."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left

from rules_codspeed.harvest.dwarf.damage import Damage
from rules_codspeed.harvest.dwarf.ranges import Range

_MOST = 16  # units that are asked about one address
_MOST_RANGES = 1 << 21  # with wanted addresses; a file has fewer functions
_EFFORT = 1_000_000  # units that are read because others cover the same addresses, in all


class Claims:
    """Collects the ranges of units, as far as they have wanted addresses."""

    __slots__ = ("_begins", "_ends", "_units", "_wanted")

    def __init__(self, wanted: list[int]) -> None:
        """Makes an empty collection.

        Args:
          wanted: the addresses, ascending, each once.
        """
        self._wanted = wanted
        self._begins = array("Q")
        self._ends = array("Q")
        self._units = array("Q")

    def add(self, unit: int, ranges: list[Range]) -> None:
        """Adds ranges of the unit at an offset.

        Raises:
          Damage: there are more ranges than functions could be.
        """
        wanted = self._wanted
        if len(self._begins) > _MOST_RANGES:
            got = f"more than {_MOST_RANGES} ranges"
            raise Damage(".debug_info", unit, got, "units of different code")
        for begin, end in ranges:
            first = bisect_left(wanted, begin)
            if first < len(wanted) and wanted[first] < end:
                self._begins.append(begin)
                self._ends.append(end)
                self._units.append(unit)

    def of_addresses(self) -> dict[int, tuple[int, ...]]:
        """Returns the units that claim each address, in the order in which to ask them.

        That is the order of the ends of their ranges, as in the reference; the units of
        ranges with the same end are asked in the order in which they were added.
        """
        begins, ends, units = self._begins, self._ends, self._units
        order = sorted(range(len(begins)), key=begins.__getitem__)
        active: list[tuple[int, int]] = []
        claims: dict[int, tuple[int, ...]] = {}
        effort = _EFFORT
        at = 0
        for address in self._wanted:
            while at < len(order) and begins[order[at]] <= address:
                heapq.heappush(active, (ends[order[at]], order[at]))
                at += 1
            while active and active[0][0] <= address:
                heapq.heappop(active)
            if not active:
                continue
            if len(active) == 1 or effort < 0:
                claims[address] = (units[active[0][1]],)
            else:
                effort -= len(active)
                nearest = heapq.nsmallest(_MOST, active)
                claims[address] = tuple(dict.fromkeys(units[index] for _, index in nearest))
        return claims
