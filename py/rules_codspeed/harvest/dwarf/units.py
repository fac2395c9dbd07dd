"""Headers of units, and what the first entry states about a unit (DWARF 5, 7.5.1 and 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.abbreviations import AbbreviationReader
from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Damage, Warnings
from rules_codspeed.harvest.dwarf.forms import (
    Encoding,
    read_value,
    resolve_form,
    section_offset_forms,
)
from rules_codspeed.harvest.dwarf.leb128 import read_uleb
from rules_codspeed.harvest.dwarf.ranges import RangeBudgets, UnitRanges
from rules_codspeed.harvest.dwarf.sections import Buffer, Sections
from rules_codspeed.harvest.dwarf.strings import StringContext, string_of

SECTION = ".debug_info"

_MOST_UNITS = 250_000  # a browser has some 50,000
_HEAD = 1 << 16  # bytes that the first entry of a unit may have
_SHORTEST_RESERVED = 0xFFFF_FFF0
_WIDE = 0xFFFF_FFFF

# Bytes of a header behind the common fields; `type_offset` is an offset besides.
_MORE = {
    c.DW_UT_compile: 0,
    c.DW_UT_partial: 0,
    c.DW_UT_skeleton: 8,
    c.DW_UT_split_compile: 8,
    c.DW_UT_type: 8,
    c.DW_UT_split_type: 8,
}
_TYPES = (c.DW_UT_type, c.DW_UT_split_type)


class UnitHeader(NamedTuple):
    """The header of a unit of `.debug_info`; offsets are into the section, in bytes.

    Attributes:
      offset: where it begins.
      entries: where its first entry is.
      end: where it ends.
      abbreviations: offset of its table in `.debug_abbrev`.
      kind: `DW_UT_compile` or another of these numbers.
    """

    offset: int
    entries: int
    end: int
    encoding: Encoding
    abbreviations: int
    kind: int


@dataclass(frozen=True, slots=True)
class Unit:
    """What the first entry of a unit states.

    Attributes:
      name: the main source file.
      comp_dir: the directory that its names are relative to.
      line: offset of its line number program in `.debug_line`, if any.
      low_pc: an address, if it states one.
      high_pc: form and value, if it states one.
      list: form and value of `DW_AT_ranges`, if it states one.
    """

    header: UnitHeader
    name: bytes | None
    comp_dir: bytes | None
    line: int | None
    low_pc: int | None
    high_pc: tuple[int, int] | None
    list: tuple[int, int] | None
    ranges: UnitRanges
    strings: StringContext


def initial_length(data: Buffer, pos: int, order: Literal["little", "big"]) -> tuple[int, int, int]:
    """Reads the length that units of all sections begin with (DWARF 5, 7.4).

    Returns:
      The length in bytes of what follows, the bytes of an offset in it, and where it begins.

    Raises:
      ValueError: the data ends before that, or the length is a reserved one.
    """
    raw = bytes(data[pos : pos + 12])
    length = int.from_bytes(raw[:4], order)
    if len(raw) < 4 or (length == _WIDE and len(raw) < 12):
        raise ValueError("a length behind the end")
    if length == _WIDE:
        return int.from_bytes(raw[4:], order), 8, pos + 12
    if length >= _SHORTEST_RESERVED:
        raise ValueError(f"the length {length:#x}")
    return length, 4, pos + 4


def unit_headers(sections: Sections, warnings: Warnings) -> Iterator[UnitHeader]:
    """Yields the headers of the units in their order; those that cannot be read are noted.

    Behind a unit whose length makes no sense nothing can be found.
    """
    pos = count = 0
    size = len(sections.info)
    while pos < size:
        count += 1
        if count > _MOST_UNITS:
            warnings.add(Damage(SECTION, pos, "more units", f"at most {_MOST_UNITS}"))
            return
        start = pos
        try:
            length, offset_size, pos = initial_length(sections.info, pos, sections.order)
        except ValueError as error:
            warnings.add(Damage(SECTION, start, str(error), "a unit"))
            return
        if pos + length > size:
            got = f"a unit of {length} bytes"
            warnings.add(Damage(SECTION, start, got, f"one that ends with the {size} of it"))
            return
        try:
            yield _header(sections, start, pos, pos + length, offset_size)
        except Damage as damage:
            warnings.add(damage)
        pos += length


def header_at(sections: Sections, offset: int) -> UnitHeader:
    """Returns the header at the offset of a unit that `unit_headers` has yielded."""
    length, offset_size, pos = initial_length(sections.info, offset, sections.order)
    return _header(sections, offset, pos, pos + length, offset_size)


def read_unit(
    sections: Sections,
    header: UnitHeader,
    abbreviations: AbbreviationReader,
    budgets: RangeBudgets,
) -> Unit:
    """Decodes the first entry of a unit.

    Raises:
      Damage: it cannot be read.
    """
    data = bytes(sections.info[header.entries : min(header.end, header.entries + _HEAD)])
    encoding = header.encoding
    try:
        code, pos = read_uleb(data, 0)
        if not code:
            raise ValueError("a null entry")
        entry = abbreviations.one(header.abbreviations, encoding, code)
        found: dict[int, tuple[int, int | bytes]] = {}
        for name, form, constant in entry.layout.attributes:
            form, pos = resolve_form(data, pos, form)
            value, pos = read_value(data, pos, form, encoding)
            found[name] = (form, constant if form == c.DW_FORM_implicit_const else value)
        return _unit(sections, header, found, budgets)
    except CUT_SHORT as error:
        raise Damage(SECTION, header.offset, str(error), "a unit with an entry") from None


def _header(sections: Sections, offset: int, pos: int, end: int, offset_size: int) -> UnitHeader:
    raw = bytes(sections.info[pos : min(end, pos + 32)])

    def number(at: int, size: int) -> int:
        if at + size > len(raw):
            raise Damage(SECTION, offset, f"a unit of {end - pos} bytes", "a header")
        return int.from_bytes(raw[at : at + size], sections.order)

    version = number(0, 2)
    if not 2 <= version <= 5:
        raise Damage(SECTION, offset, f"DWARF {version}", "a version from 2 to 5")
    if version == 5:
        kind, address_size, table = number(2, 1), number(3, 1), number(4, offset_size)
        size = 4 + offset_size
    else:
        kind, address_size = c.DW_UT_compile, number(2 + offset_size, 1)
        table, size = number(2, offset_size), 3 + offset_size
    if kind not in _MORE or address_size not in (1, 2, 4, 8):
        got = f"a unit of kind {kind} with addresses of {address_size} bytes"
        raise Damage(SECTION, offset, got, "kind 1 to 6, and 1, 2, 4 or 8 bytes")
    size += _MORE[kind] + (offset_size if kind in _TYPES else 0)
    number(size, 0)
    encoding = Encoding(version, offset_size, address_size, sections.order)
    return UnitHeader(offset, pos + size, end, encoding, table, kind)


def _unit(
    sections: Sections,
    header: UnitHeader,
    found: dict[int, tuple[int, int | bytes]],
    budgets: RangeBudgets,
) -> Unit:
    encoding = header.encoding
    offset_forms = section_offset_forms(encoding)

    def offset(*names: int) -> int | None:
        for name in names:
            form, value = found.get(name, (0, 0))
            if form in offset_forms and isinstance(value, int):
                return value
        return None

    def text(name: int) -> bytes | None:
        return string_of(strings, *found[name]) if name in found else None

    def number(name: int) -> tuple[int, int] | None:
        form, value = found.get(name, (0, b""))
        return (form, value) if isinstance(value, int) else None

    strings = StringContext(sections, offset(c.DW_AT_str_offsets_base) or 0, encoding.offset_size)
    ranges = UnitRanges(
        sections,
        budgets,
        encoding,
        0,
        offset(c.DW_AT_addr_base, c.DW_AT_GNU_addr_base) or 0,
        offset(c.DW_AT_rnglists_base, c.DW_AT_GNU_ranges_base) or 0,
    )
    low = number(c.DW_AT_low_pc)
    low_pc = ranges.resolve(*low) if low else None
    ranges.base = low_pc or 0
    return Unit(
        header,
        text(c.DW_AT_name),
        text(c.DW_AT_comp_dir),
        offset(c.DW_AT_stmt_list),
        low_pc,
        number(c.DW_AT_high_pc),
        number(c.DW_AT_ranges),
        ranges,
        strings,
    )
