"""The functions of a unit: which one is at an address, and what was inlined there."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.abbreviations import Abbreviations
from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Budget, Damage
from rules_codspeed.harvest.dwarf.entries import read_entry
from rules_codspeed.harvest.dwarf.scan import Scan
from rules_codspeed.harvest.dwarf.units import SECTION, Unit


class Call(NamedTuple):
    """Where an inlined function was called: index of the file or None, and line or 0."""

    file: int | None
    line: int


class Functions:
    """The functions of a unit that matter for some addresses."""

    __slots__ = ("_begins", "_budget", "_calls", "_data", "_inlined", "_rows", "_table", "_unit")

    def __init__(self, unit: Unit, data: bytes, table: Abbreviations, wanted: list[int]) -> None:
        """Finds the functions; takes and raises what `Scan` does."""
        scan = Scan(unit, data, table, wanted)
        self._unit = unit
        self._data = data
        self._table = table
        # Stable, as in the reference: of functions with the same beginning the last one counts.
        self._rows = sorted(scan.functions, key=_begin)
        self._begins = [begin for begin, _, _ in self._rows]
        self._inlined = scan.inlined()
        self._calls: dict[int, list[tuple[int, int, Call]]] = {}
        # Functions can be nested, and are then walked through again, but only so many times.
        self._budget = Budget(SECTION, 16 * len(data))

    def at(self, address: int) -> bool:
        """Returns whether a function covers an address."""
        return self._position(address) is not None

    def call(self, address: int) -> Call | None:
        """Returns the outermost inlined call at a wanted address; None when there is none.

        Raises:
          Damage: the function there cannot be read.
        """
        function = self._position(address)
        if function is None or address not in self._inlined:
            return None
        if function not in self._calls:
            try:
                self._calls[function] = self._outermost(function)
            except CUT_SHORT as error:
                place = self._unit.header.offset + function
                raise Damage(SECTION, place, str(error), "the entries of a function") from None
        calls = self._calls[function]
        # The last one that begins at or before the address counts: siblings do not overlap.
        index = bisect_right(calls, address, key=_begin) - 1
        return calls[index][2] if index >= 0 and address < calls[index][1] else None

    def _position(self, address: int) -> int | None:
        """Returns the position of the function at an address."""
        index = bisect_right(self._begins, address) - 1
        if index < 0 or address >= self._rows[index][1]:
            return None
        return self._rows[index][2]

    def _outermost(self, start: int) -> list[tuple[int, int, Call]]:
        """Returns the ranges of what was inlined into a function itself, ascending.

        What was inlined into these, and what belongs to functions inside, is skipped.
        """
        data, table = self._data, self._table
        found: list[tuple[int, int, Call]] = []
        function, pos = table.look_up(data, start)
        pos = function.layout.skip(data, pos)
        depth = int(function.nesting > 0)
        hidden = 0  # the depth inside the outermost function of this one; 0 outside of any
        while depth:
            code = data[pos]
            step = table.steps[code]
            nesting = table.nesting[code]
            if not code:
                pos += 1
                depth -= 1
                if depth < hidden:
                    hidden = 0
                continue
            if step > 0:
                pos += step
            elif step and data[pos - step] < 128:
                pos += (data[pos - step] & table.counts[code]) - step + table.tails[code]
            else:
                entry, pos = table.look_up(data, pos)
                nesting = entry.nesting
                if entry.is_code and entry.tag == c.DW_TAG_inlined_subroutine and not hidden:
                    one = read_entry(data, pos, entry.layout, self._unit.ranges)
                    call = Call(one.call_file, one.call_line)
                    found += [(begin, end, call) for begin, end in one.ranges]
                    pos = one.end
                else:
                    pos = entry.layout.skip(data, pos)
            if nesting:
                depth += 1
                if nesting == 2 and not hidden:
                    hidden = depth
        self._budget.spend(pos - start, self._unit.header.offset + start)
        found.sort(key=_begin)
        return found


def _begin(row: tuple[int, int, object]) -> int:
    return row[0]
