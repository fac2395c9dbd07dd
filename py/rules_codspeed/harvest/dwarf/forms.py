"""Attribute forms: how long a value is, how to skip it, how to read it (DWARF 5, 7.5.6)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.leb128 import read_sleb, read_uleb, skip_leb


class Encoding(NamedTuple):
    """How a unit is encoded.

    Attributes:
      version: of DWARF, 2 to 5.
      offset_size: bytes of an offset into a section: 4, or 8 in 64-bit DWARF.
      address_size: bytes of an address: 1, 2, 4 or 8.
      order: the byte order.
    """

    version: int
    offset_size: int
    address_size: int
    order: Literal["little", "big"]


ADDRESS_INDEX = frozenset(
    (
        c.DW_FORM_addrx,
        c.DW_FORM_addrx1,
        c.DW_FORM_addrx2,
        c.DW_FORM_addrx3,
        c.DW_FORM_addrx4,
        c.DW_FORM_GNU_addr_index,
    )
)
STRING_INDEX = frozenset(
    (
        c.DW_FORM_strx,
        c.DW_FORM_strx1,
        c.DW_FORM_strx2,
        c.DW_FORM_strx3,
        c.DW_FORM_strx4,
        c.DW_FORM_GNU_str_index,
    )
)
CONSTANT = frozenset(
    (
        c.DW_FORM_data1,
        c.DW_FORM_data2,
        c.DW_FORM_data4,
        c.DW_FORM_data8,
        c.DW_FORM_sdata,
        c.DW_FORM_udata,
        c.DW_FORM_implicit_const,
    )
)

_WIDTHS = {
    c.DW_FORM_implicit_const: 0,
    c.DW_FORM_flag_present: 0,
    c.DW_FORM_data1: 1,
    c.DW_FORM_flag: 1,
    c.DW_FORM_strx1: 1,
    c.DW_FORM_ref1: 1,
    c.DW_FORM_addrx1: 1,
    c.DW_FORM_data2: 2,
    c.DW_FORM_ref2: 2,
    c.DW_FORM_addrx2: 2,
    c.DW_FORM_strx2: 2,
    c.DW_FORM_addrx3: 3,
    c.DW_FORM_strx3: 3,
    c.DW_FORM_data4: 4,
    c.DW_FORM_ref_sup4: 4,
    c.DW_FORM_ref4: 4,
    c.DW_FORM_strx4: 4,
    c.DW_FORM_addrx4: 4,
    c.DW_FORM_data8: 8,
    c.DW_FORM_ref8: 8,
    c.DW_FORM_ref_sig8: 8,
    c.DW_FORM_ref_sup8: 8,
    c.DW_FORM_data16: 16,
}
_OFFSETS = frozenset(
    (
        c.DW_FORM_sec_offset,
        c.DW_FORM_GNU_ref_alt,
        c.DW_FORM_strp,
        c.DW_FORM_strp_sup,
        c.DW_FORM_GNU_strp_alt,
        c.DW_FORM_line_strp,
    )
)
_BLOCK_LENGTHS = {c.DW_FORM_block1: 1, c.DW_FORM_block2: 2, c.DW_FORM_block4: 4}
LEBS = frozenset(
    (
        c.DW_FORM_udata,
        c.DW_FORM_sdata,
        c.DW_FORM_ref_udata,
        c.DW_FORM_strx,
        c.DW_FORM_GNU_str_index,
        c.DW_FORM_addrx,
        c.DW_FORM_GNU_addr_index,
        c.DW_FORM_loclistx,
        c.DW_FORM_rnglistx,
    )
)
_MOST_INDIRECTIONS = 8


def fixed_width(form: int, encoding: Encoding) -> int | None:
    """Returns how many bytes a value of a form takes; None when that varies."""
    width = _WIDTHS.get(form)
    if width is not None:
        return width
    if form == c.DW_FORM_addr:
        return encoding.address_size
    if form in _OFFSETS:
        return encoding.offset_size
    if form == c.DW_FORM_ref_addr:
        # DWARF 2 gave it the size of an address on the target.
        return encoding.address_size if encoding.version == 2 else encoding.offset_size
    return None


def section_offset_forms(encoding: Encoding) -> frozenset[int]:
    """Returns the forms of an offset into a section; before DWARF 4 they were plain data."""
    data = c.DW_FORM_data4 if encoding.offset_size == 4 else c.DW_FORM_data8
    return frozenset((c.DW_FORM_sec_offset, data))


def skip_value(data: bytes, pos: int, form: int, encoding: Encoding) -> int:
    """Returns the position behind a value.

    Raises:
      IndexError: the data ends before it.
      ValueError: it has no end, or its form is not known.
    """
    width = fixed_width(form, encoding)
    if width is not None:
        return pos + width
    if form in (c.DW_FORM_exprloc, c.DW_FORM_block):
        length, pos = read_uleb(data, pos)
        return pos + length
    if form in LEBS:
        return skip_leb(data, pos)
    if form == c.DW_FORM_string:
        return data.index(0, pos) + 1
    width = _BLOCK_LENGTHS.get(form)
    if width is not None:
        return pos + width + _fixed(data, pos, width, encoding)
    form, pos = _indirect(data, pos, form)
    return skip_value(data, pos, form, encoding)


def read_value(data: bytes, pos: int, form: int, encoding: Encoding) -> tuple[int | bytes, int]:
    """Reads a value.

    Returns:
      A number, or the bytes of an inline string or of a block; and the position behind it.

    Raises:
      IndexError: the data ends before it.
      ValueError: it has no end, or its form is not known.
    """
    if form == c.DW_FORM_sdata:
        return read_sleb(data, pos)
    if form in LEBS:
        return read_uleb(data, pos)
    if form == c.DW_FORM_string:
        end = data.index(0, pos)
        return data[pos:end], end + 1
    end = skip_value(data, pos, form, encoding)
    if end > len(data):
        raise IndexError("a value behind the end")
    if form == c.DW_FORM_data16 or fixed_width(form, encoding) is None:
        return data[pos:end], end
    return int.from_bytes(data[pos:end], encoding.order), end


def resolve_form(data: bytes, pos: int, form: int) -> tuple[int, int]:
    """Returns the form of a value, read from the data for `DW_FORM_indirect`, and where it is."""
    return _indirect(data, pos, form) if form == c.DW_FORM_indirect else (form, pos)


def _fixed(data: bytes, pos: int, width: int, encoding: Encoding) -> int:
    if pos + width > len(data):
        raise IndexError("a length behind the end")
    return int.from_bytes(data[pos : pos + width], encoding.order)


def _indirect(data: bytes, pos: int, form: int) -> tuple[int, int]:
    for _ in range(_MOST_INDIRECTIONS):
        if form != c.DW_FORM_indirect:
            break
        form, pos = read_uleb(data, pos)
        if form == c.DW_FORM_implicit_const:
            raise ValueError("a constant of an abbreviation without one")
    else:
        raise ValueError("a form that never names itself")
    if form not in _KNOWN:
        raise ValueError(f"form {form:#x}")
    return form, pos


_KNOWN = (
    frozenset(_WIDTHS)
    | _OFFSETS
    | LEBS
    | frozenset(_BLOCK_LENGTHS)
    | frozenset(
        (
            c.DW_FORM_addr,
            c.DW_FORM_ref_addr,
            c.DW_FORM_exprloc,
            c.DW_FORM_block,
            c.DW_FORM_string,
        )
    )
)
