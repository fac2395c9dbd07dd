"""A walk over all entries of a unit for the addresses of its functions and of inlined code.

The entries are read as a flat row of bytes, from one to the next: a number of the table
skips nearly all of them, and no more need be known about their tree.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate, compress

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.abbreviations import Abbreviations
from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Damage
from rules_codspeed.harvest.dwarf.entries import read_entry
from rules_codspeed.harvest.dwarf.ranges import MASK64, Range
from rules_codspeed.harvest.dwarf.units import SECTION, Unit


class Scan:
    """What one walk has found.

    Attributes:
      functions: begin and end of each range of a function, and the position of the function
        in the unit in bytes; in the order of the unit.
    """

    __slots__ = ("_changes", "_data", "_table", "_unit", "_wanted", "functions")

    def __init__(self, unit: Unit, data: bytes, table: Abbreviations, wanted: list[int]) -> None:
        """Walks over a unit.

        Args:
          unit: the unit.
          data: its bytes, from the beginning of its header.
          table: its abbreviations.
          wanted: the addresses, ascending.

        Raises:
          Damage: the entries cannot be read.
        """
        self._unit = unit
        self._data = data
        self._table = table
        self._wanted = wanted
        # By index of a wanted address: ranges of inlined code that begin there, less those
        # that end there.
        self._changes = array("q", bytes(8 * (len(wanted) + 1)))
        self.functions: list[tuple[int, int, int]] = []
        try:
            self._walk()
        except CUT_SHORT as error:
            raise Damage(SECTION, unit.header.offset, str(error), "entries of a unit") from None

    def inlined(self) -> set[int]:
        """Returns the wanted addresses that inlined code covers, at any depth."""
        return set(compress(self._wanted, accumulate(self._changes)))

    def _walk(self) -> None:
        data, table = self._data, self._table
        steps, counts, tails = table.steps, table.counts, table.tails
        pos, end = self._unit.header.entries - self._unit.header.offset, len(data)
        while pos < end:
            code = data[pos]
            step = steps[code]
            if step > 0:
                pos += step
                continue
            if step:
                first = data[pos - step]
                if first < 128:
                    pos += (first & counts[code]) - step + tails[code]
                    continue
            pos = self._close_look(pos)
        if pos > end:
            raise IndexError("an entry behind the end")

    def _close_look(self, start: int) -> int:
        """Reads an entry that no number skips; returns the position behind it."""
        data = self._data
        entry, pos = self._table.look_up(data, start)
        layout = entry.layout
        if not entry.is_code:
            return layout.skip(data, pos)
        if layout.pair:
            low, size = layout.pair.unpack_from(data, pos)
            end = (low + size) & MASK64
            ranges = [(low, end)] if low < end else []
            pos = pos + layout.width if layout.width >= 0 else layout.skip(data, pos)
        elif layout.listed:
            ranges = self._unit.ranges.listed(layout.listed.unpack_from(data, pos)[0])
            pos = layout.skip(data, pos)
        else:
            one = read_entry(data, pos, layout, self._unit.ranges)
            ranges, pos = one.ranges, one.end
        if entry.tag == c.DW_TAG_subprogram:
            self.functions += [(begin, end, start) for begin, end in ranges]
        else:
            self._mark(ranges)
        return pos

    def _mark(self, ranges: list[Range]) -> None:
        wanted = self._wanted
        for begin, end in ranges:
            first = bisect_left(wanted, begin)
            if first < len(wanted) and wanted[first] < end:
                self._changes[first] += 1
                self._changes[bisect_left(wanted, end, first)] -= 1
