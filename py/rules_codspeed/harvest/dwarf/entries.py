"""Reads the few needed attributes of functions and inlined functions."""

from __future__ import annotations

from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.forms import CONSTANT, read_value, resolve_form
from rules_codspeed.harvest.dwarf.layout import FIXED, KNOWN, SKIP, ULEB, Layout
from rules_codspeed.harvest.dwarf.leb128 import read_uleb
from rules_codspeed.harvest.dwarf.ranges import Range, UnitRanges

_MASK32 = 0xFFFF_FFFF


class Entry(NamedTuple):
    """A function, or a place where one was inlined.

    Attributes:
      ranges: of its code.
      call_file: index of the file of the call; None when there is none.
      call_line: line of the call; 0 when it is not known.
      end: position behind the entry.
    """

    ranges: list[Range]
    call_file: int | None
    call_line: int
    end: int


def read_entry(data: bytes, pos: int, layout: Layout, ranges: UnitRanges) -> Entry:
    """Reads an entry that can have code.

    Args:
      data: of the unit.
      pos: of its first value.
      layout: its attributes.
      ranges: of its unit.

    Raises:
      Damage: what it refers to cannot be read.
      IndexError: the data ends before it.
      ValueError: a value has no end, or an unknown form.
    """
    order, version = layout.encoding.order, layout.encoding.version
    low_pc: int | None = None
    high_pc: tuple[int, int] | None = None
    listing: tuple[int, int] | None = None
    call_file: int | None = None
    call_line = 0
    value: int | bytes
    for kind, amount, name, form in layout.reading:
        if kind == SKIP:
            pos += amount
        elif kind == FIXED:
            value = int.from_bytes(data[pos : pos + amount], order)
            pos += amount
        elif kind == ULEB:
            value, pos = read_uleb(data, pos)
        elif kind == KNOWN:
            value = amount
        else:
            form, pos = resolve_form(data, pos, form)
            value, pos = read_value(data, pos, form, layout.encoding)
        if not name or isinstance(value, bytes):
            continue
        if name == c.DW_AT_low_pc:
            resolved = ranges.resolve(form, value)
            low_pc = low_pc if resolved is None else resolved
        elif name == c.DW_AT_high_pc:
            high_pc = (form, value)
        elif name == c.DW_AT_ranges:
            listing = (form, value)
        elif form in CONSTANT and value >= 0:
            if name == c.DW_AT_call_line:
                call_line = value & _MASK32
            elif value or version >= 5:
                # Before DWARF 5, files were counted from 1.
                call_file = value
    return Entry(ranges.of_entry(low_pc, high_pc, listing), call_file, call_line, pos)
