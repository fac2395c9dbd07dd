"""`.debug_aranges`: the address ranges of units, in one place (DWARF 5, 6.1.2)."""

from __future__ import annotations

import struct

from rules_codspeed.harvest.dwarf.damage import Damage, Warnings
from rules_codspeed.harvest.dwarf.ranges import Range
from rules_codspeed.harvest.dwarf.sections import Sections
from rules_codspeed.harvest.dwarf.units import initial_length

SECTION = ".debug_aranges"

_MOST_SETS = 250_000
_MOST_BYTES = 16 << 20  # of a set, which is for one unit
_PAIRS = {1: "2B", 2: "2H", 4: "2I", 8: "2Q"}


class AddressRanges:
    """Where the sets of ranges of each unit are; a set is decoded when it is asked for."""

    __slots__ = ("_sections", "_sets")

    def __init__(self, sections: Sections, warnings: Warnings) -> None:
        """Finds the sets; those that cannot be read are noted."""
        self._sections = sections
        # Offset of the unit -> first and last position of the ranges, and bytes of an address.
        self._sets: dict[int, list[tuple[int, int, int]]] = {}
        data = sections.aranges
        pos = count = 0
        while pos < len(data):
            count += 1
            try:
                if count > _MOST_SETS:
                    raise ValueError("more sets of ranges than units")
                length, offset_size, start = initial_length(data, pos, sections.order)
                end = start + length
                if end > len(data):
                    raise ValueError(f"a set of {length} bytes")
            except ValueError as error:
                warnings.add(Damage(SECTION, pos, str(error), "a set of ranges"))
                return
            self._add(pos, start, end, offset_size, warnings)
            pos = end

    def of_unit(self, offset: int) -> list[Range]:
        """Returns the ranges of the unit at an offset of `.debug_info`, in their order.

        Raises:
          Damage: there are too many.
        """
        found = []
        order = "<" if self._sections.order == "little" else ">"
        for start, end, size in self._sets.get(offset, ()):
            pair = struct.Struct(order + _PAIRS[size])
            end -= (end - start) % pair.size
            if end - start > _MOST_BYTES:
                raise Damage(SECTION, start, f"a set of {end - start} bytes", "a smaller one")
            mask = (1 << 8 * size) - 1
            for begin, length in pair.iter_unpack(self._sections.aranges[start:end]):
                # The end of a set is a pair of zeros, but so is a function that was dropped.
                if length and begin < mask - 1 and begin + length <= mask:
                    found.append((begin, begin + length))
        return found

    def _add(self, pos: int, start: int, end: int, offset_size: int, warnings: Warnings) -> None:
        data, order = self._sections.aranges, self._sections.order
        head = data[start : min(end, start + 4 + offset_size)]
        version = int.from_bytes(head[:2], order)
        if len(head) < 4 + offset_size or version not in (2, 3):
            got = f"a set of version {version}"
            warnings.add(Damage(SECTION, pos, got, "version 2 or 3 with a header"))
            return
        unit = int.from_bytes(head[2 : 2 + offset_size], order)
        size, segments = head[-2], head[-1]
        if size not in _PAIRS or segments:
            got = f"addresses of {size} bytes, segments of {segments}"
            warnings.add(Damage(SECTION, pos, got, "addresses of 1, 2, 4 or 8 bytes alone"))
            return
        # The pairs are aligned to their size.
        first = start + 4 + offset_size
        first += (pos - first) % (2 * size)
        self._sets.setdefault(unit, []).append((min(first, end), end, size))
