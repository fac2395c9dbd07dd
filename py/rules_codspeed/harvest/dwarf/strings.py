"""Strings of debug information, which are stored in one of several sections (DWARF 5, 7.26)."""

from __future__ import annotations

from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.forms import STRING_INDEX
from rules_codspeed.harvest.dwarf.sections import Buffer, Sections

_LONGEST = 1 << 16  # bytes; Linux has no longer paths than 4096
_USUAL = 256  # bytes


class StringContext(NamedTuple):
    """What is needed to look up the strings of a unit.

    Attributes:
      offsets_base: offset in `.debug_str_offsets` of the offset with the index 0.
      offset_size: bytes of each offset.
    """

    sections: Sections
    offsets_base: int
    offset_size: int


def string_of(context: StringContext, form: int, value: int | bytes) -> bytes | None:
    """Returns the string that an attribute value stands for.

    Returns:
      Its bytes; None when it is in another file, or cannot be read.
    """
    sections = context.sections
    if isinstance(value, bytes):
        return value if form == c.DW_FORM_string else None
    if form in STRING_INDEX:
        size = context.offset_size
        start = context.offsets_base + value * size
        raw = bytes(sections.str_offsets[start : start + size])
        if len(raw) < size:
            return None
        return terminated(sections.str, int.from_bytes(raw, sections.order))
    if form == c.DW_FORM_strp:
        return terminated(sections.str, value)
    if form == c.DW_FORM_line_strp:
        return terminated(sections.line_str, value)
    return None


def terminated(section: Buffer, offset: int) -> bytes | None:
    """Returns the bytes from an offset up to a NUL; None when there is none within reason."""
    for length in (_USUAL, _LONGEST):
        raw = bytes(section[offset : offset + length])
        end = raw.find(0)
        if end >= 0:
            return raw[:end]
    return None
