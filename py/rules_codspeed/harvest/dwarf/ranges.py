"""Address ranges of entries: lists in `.debug_ranges` and `.debug_rnglists`, and pairs.

Formats: DWARF 4, 2.17.3; DWARF 5, 2.17.3 and 7.25. Tombstones, the addresses that linkers
write for code that was dropped: DWARF issue 200609.1.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Budget, Damage
from rules_codspeed.harvest.dwarf.forms import (
    ADDRESS_INDEX,
    CONSTANT,
    Encoding,
    section_offset_forms,
)
from rules_codspeed.harvest.dwarf.leb128 import read_uleb
from rules_codspeed.harvest.dwarf.sections import Sections

Range = tuple[int, int]
"""Begin and end of a range of addresses; the end is the first address behind it."""

MASK64 = 0xFFFF_FFFF_FFFF_FFFF
_MOST = 1 << 19  # ranges of a list; a program optimised as a whole has some 100,000 functions
_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}


class RangeBudgets(NamedTuple):
    """How much of the lists of a file may be decoded."""

    ranges: Budget
    rnglists: Budget

    @classmethod
    def of(cls, sections: Sections) -> RangeBudgets:
        """Returns the budgets for the lists of these sections."""
        return cls(
            Budget(".debug_ranges", 8 * len(sections.ranges) + (1 << 20)),
            Budget(".debug_rnglists", 8 * len(sections.rnglists) + (1 << 20)),
        )


class UnitRanges:
    """Reads the ranges of one unit.

    Attributes:
      encoding: of the unit.
      base: its `DW_AT_low_pc`, to which the addresses of lists are relative.
      tombstone: the lowest address that marks dropped code.
    """

    __slots__ = (
        "_addr_base",
        "_budgets",
        "_lists_base",
        "_mask",
        "_offset_forms",
        "_sections",
        "base",
        "encoding",
        "tombstone",
    )

    def __init__(
        self,
        sections: Sections,
        budgets: RangeBudgets,
        encoding: Encoding,
        base: int,
        addr_base: int,
        lists_base: int,
    ) -> None:
        """Makes the reader of a unit with these bases, 0 where the unit states none."""
        self._sections = sections
        self._budgets = budgets
        self._addr_base = addr_base
        self._lists_base = lists_base
        self._mask = (1 << 8 * encoding.address_size) - 1
        self._offset_forms = section_offset_forms(encoding)
        self.encoding = encoding
        self.base = base
        self.tombstone = self._mask - 1

    def address(self, index: int) -> int:
        """Returns an address of `.debug_addr`.

        Raises:
          Damage: the section does not have it.
        """
        size = self.encoding.address_size
        start = self._addr_base + index * size
        raw = bytes(self._sections.addr[start : start + size])
        if len(raw) < size:
            raise Damage(".debug_addr", start, f"{len(raw)} bytes", "an address")
        return int.from_bytes(raw, self.encoding.order)

    def resolve(self, form: int, value: int) -> int | None:
        """Returns the address that an attribute value stands for; None if it is not an address.

        Raises:
          Damage: `.debug_addr` does not have it.
        """
        if form == c.DW_FORM_addr:
            return value
        return self.address(value) if form in ADDRESS_INDEX else None

    def of_entry(
        self,
        low_pc: int | None,
        high_pc: tuple[int, int] | None,
        listing: tuple[int, int] | None,
    ) -> list[Range]:
        """Returns the ranges of an entry.

        Args:
          low_pc: address of `DW_AT_low_pc`.
          high_pc: form and value of that attribute.
          listing: form and value of `DW_AT_ranges`, which takes precedence over the others.

        Raises:
          Damage: they cannot be read.
        """
        if listing and listing[0] in self._offset_forms:
            return self.listed(listing[1])
        if listing and listing[0] == c.DW_FORM_rnglistx:
            return self.listed(self.offset_of(listing[1]))
        if low_pc is None or high_pc is None:
            return []
        end = self.resolve(*high_pc)
        if end is None:
            form, size = high_pc
            if form not in CONSTANT or size < 0:
                return []
            end = (low_pc + size) & MASK64
        return [(low_pc, end)] if low_pc < end else []

    def offset_of(self, index: int) -> int:
        """Returns the offset of the list with an index.

        Raises:
          Damage: `.debug_rnglists` does not have it.
        """
        size = self.encoding.offset_size
        start = self._lists_base + index * size
        raw = self._sections.rnglists[start : start + size]
        if len(raw) < size:
            raise Damage(".debug_rnglists", start, f"{len(raw)} bytes", "an offset")
        return self._lists_base + int.from_bytes(raw, self.encoding.order)

    def listed(self, offset: int) -> list[Range]:
        """Returns the ranges of the list at an offset, without the empty ones.

        Raises:
          Damage: it cannot be read.
        """
        new = self.encoding.version >= 5
        data = self._sections.rnglists if new else self._sections.ranges
        budget = self._budgets.rnglists if new else self._budgets.ranges
        if offset > len(data):
            raise Damage(budget.section, offset, f"a section of {len(data)} bytes", "a list")
        try:
            found, end = self._new(data, offset) if new else self._old(data, offset)
        except CUT_SHORT as error:
            raise Damage(budget.section, offset, str(error), "a list of ranges") from None
        budget.spend(end - offset, offset)
        if len(found) > _MOST:
            raise Damage(budget.section, offset, f"{len(found)} ranges", f"at most {_MOST}")
        return found

    def _old(self, data: bytes, pos: int) -> tuple[list[Range], int]:
        base, mask, tombstone = self.base, self._mask, self.tombstone
        order = "<" if self.encoding.order == "little" else ">"
        pair = struct.Struct(order + 2 * _LETTERS[self.encoding.address_size])
        limit = pos + self._budgets.ranges.left
        found: list[Range] = []
        while pos < len(data) and pos <= limit and len(found) <= _MOST:
            begin, end = pair.unpack_from(data, pos)
            pos += pair.size
            if begin == mask:
                base = end
            elif not begin and not end:
                break
            elif base < tombstone:
                begin, end = (begin + base) & mask, (end + base) & mask
                if begin < end and begin < tombstone:
                    found.append((begin, end))
        return found, pos

    def _new(self, data: bytes, pos: int) -> tuple[list[Range], int]:
        base, mask, tombstone = self.base, self._mask, self.tombstone
        limit = pos + self._budgets.rnglists.left
        found: list[Range] = []
        while pos < len(data) and pos <= limit and len(found) <= _MOST:
            kind = data[pos]
            pos += 1
            if kind == c.DW_RLE_offset_pair:
                begin, pos = read_uleb(data, pos)
                end, pos = read_uleb(data, pos)
                if base >= tombstone:
                    continue
                begin, end = (begin + base) & mask, (end + base) & mask
            elif kind == c.DW_RLE_end_of_list:
                break
            elif kind == c.DW_RLE_base_address:
                base, pos = self._stored(data, pos)
                continue
            elif kind == c.DW_RLE_base_addressx:
                index, pos = read_uleb(data, pos)
                base = self.address(index)
                continue
            else:
                begin, end, pos = self._absolute(data, pos, kind)
            if begin < end and begin < tombstone:
                found.append((begin, end))
        return found, pos

    def _absolute(self, data: bytes, pos: int, kind: int) -> tuple[int, int, int]:
        """Reads an entry that no base address changes; returns its range, and where it ends."""
        if kind in (c.DW_RLE_startx_endx, c.DW_RLE_startx_length):
            index, pos = read_uleb(data, pos)
            begin = self.address(index)
        elif kind in (c.DW_RLE_start_end, c.DW_RLE_start_length):
            begin, pos = self._stored(data, pos)
        else:
            raise ValueError(f"an entry of kind {kind:#x}")
        if kind == c.DW_RLE_startx_endx:
            index, pos = read_uleb(data, pos)
            return begin, self.address(index), pos
        if kind == c.DW_RLE_start_end:
            end, pos = self._stored(data, pos)
            return begin, end, pos
        length, pos = read_uleb(data, pos)
        return begin, (begin + length) & self._mask, pos

    def _stored(self, data: bytes, pos: int) -> tuple[int, int]:
        end = pos + self.encoding.address_size
        if end > len(data):
            raise IndexError("an address behind the end")
        return int.from_bytes(data[pos:end], self.encoding.order), end
