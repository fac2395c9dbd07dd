"""The attributes of one kind of entry: how to skip all, and how to read the few needed ones."""

from __future__ import annotations

import struct
from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.forms import (
    LEBS,
    Encoding,
    fixed_width,
    section_offset_forms,
    skip_value,
)
from rules_codspeed.harvest.dwarf.leb128 import read_sleb, read_uleb, skip_leb

# What a step of reading does: skip bytes, read a number of that many bytes, read an unsigned
# LEB128, take a constant, or whatever else an attribute needs.
SKIP, FIXED, ULEB, KNOWN, ANY = range(5)

READ = frozenset(
    (c.DW_AT_low_pc, c.DW_AT_high_pc, c.DW_AT_ranges, c.DW_AT_call_file, c.DW_AT_call_line)
)
"""The attributes of functions and inlined functions that are read."""

_CODE = (c.DW_AT_low_pc, c.DW_AT_high_pc, c.DW_AT_ranges)
_SHORT_LENGTHS = (c.DW_FORM_exprloc, c.DW_FORM_block, c.DW_FORM_block1)
_LETTERS = {1: "B", 2: "H", 4: "I", 8: "Q"}
_PLAIN_DATA = (c.DW_FORM_data1, c.DW_FORM_data2, c.DW_FORM_data4, c.DW_FORM_data8)
_LEB, _STRING, _EXPRESSION = -c.DW_FORM_udata, -c.DW_FORM_string, -c.DW_FORM_exprloc


class Attribute(NamedTuple):
    """An attribute of an abbreviation: name, form, and the value of an implicit constant."""

    name: int
    form: int
    constant: int


class Step(NamedTuple):
    """A step of reading an entry.

    Attributes:
      kind: `SKIP` or another of these numbers.
      amount: bytes, or the value of a constant.
      name: of the attribute; 0 when it is skipped.
      form: of the attribute.
    """

    kind: int
    amount: int
    name: int
    form: int


class Layout:
    """A list of attributes in one encoding. Most kinds of entries share few layouts.

    Attributes:
      attributes: in their order.
      width: bytes of all values; -1 when that varies.
      varying: when only one value varies, and begins with an LEB128 or the length of a block:
        bytes before it; else -1.
      counts: in that case, 127 when that is the length of a block, else 0.
      tail: in that case, bytes after the value.
      has_code: whether the attributes can give address ranges.
      pair: reads `DW_AT_low_pc` as an address and `DW_AT_high_pc` as a size, and nothing else;
        None when they are not stored in this way.
      listed: reads `DW_AT_ranges` as an offset; None when it is not stored in this way.
      reading: how to read the attributes `READ`; empty when there is no code.
    """

    __slots__ = (
        "_skipping",
        "attributes",
        "counts",
        "encoding",
        "has_code",
        "listed",
        "pair",
        "reading",
        "tail",
        "varying",
        "width",
    )

    def __init__(self, attributes: tuple[Attribute, ...], encoding: Encoding) -> None:
        """Makes the layout of these attributes."""
        self.attributes = attributes
        self.encoding = encoding
        self.width, self.varying, self.counts, self.tail = _widths(attributes, encoding)
        self._skipping = _skipping(attributes, encoding)
        names = [name for name, _, _ in attributes]
        self.has_code = c.DW_AT_ranges in names or (
            c.DW_AT_low_pc in names and c.DW_AT_high_pc in names
        )
        code = [name for name in names if name in _CODE]
        self.pair = self.listed = None
        if code == [c.DW_AT_low_pc, c.DW_AT_high_pc]:
            self.pair = _reader(attributes, encoding, (c.DW_AT_low_pc, c.DW_AT_high_pc))
        elif code.count(c.DW_AT_ranges) == 1:
            self.listed = _reader(attributes, encoding, (c.DW_AT_ranges,))
        self.reading = _reading(attributes, encoding) if self.has_code else ()

    def skip(self, data: bytes, pos: int) -> int:
        """Returns the position behind the values that begin at `pos`.

        Raises:
          IndexError: the data ends before them.
          ValueError: one has no end, or an unknown form.
        """
        if self.width >= 0:
            return pos + self.width
        for step in self._skipping:
            if step >= 0:
                pos += step
            elif step == _EXPRESSION:
                length = data[pos]
                pos += 1
                if length > 127:
                    length, pos = read_uleb(data, pos - 1)
                pos += length
            elif step == _LEB:
                while data[pos] > 127:
                    pos += 1
                pos += 1
            elif step == _STRING:
                pos = data.index(0, pos) + 1
            else:
                pos = skip_value(data, pos, -step, self.encoding)
        return pos


def parse_attributes(raw: bytes) -> tuple[Attribute, ...]:
    """Parses the attribute specifications of an abbreviation, without the final pair of zeros."""
    attributes = []
    pos = 0
    while pos < len(raw):
        name, pos = read_uleb(raw, pos)
        form, pos = read_uleb(raw, pos)
        constant = 0
        if form == c.DW_FORM_implicit_const:
            # One that is too long for a number can still be skipped.
            end = skip_leb(raw, pos)
            constant = read_sleb(raw, pos)[0] if end - pos <= 10 else 0
            pos = end
        attributes.append(Attribute(name, form, constant))
    return tuple(attributes)


def _widths(attributes: tuple[Attribute, ...], encoding: Encoding) -> tuple[int, int, int, int]:
    """Returns width, varying, counts and tail of a layout."""
    total, varying, counts = 0, -1, 0
    for _, form, _ in attributes:
        width = fixed_width(form, encoding)
        if width is not None:
            total += width
        elif varying < 0 and (form in _SHORT_LENGTHS or form in LEBS):
            varying = total
            counts = 127 if form in _SHORT_LENGTHS else 0
        else:
            return -1, -1, 0, 0
    return (total, -1, 0, 0) if varying < 0 else (-1, varying, counts, total - varying)


def _skipping(attributes: tuple[Attribute, ...], encoding: Encoding) -> tuple[int, ...]:
    """Returns how to skip the values: by numbers of bytes, and by forms times -1."""
    steps = [0]
    for _, form, _ in attributes:
        width = fixed_width(form, encoding)
        if width is None:
            steps += [_LEB if form in LEBS else -form, 0]
        else:
            steps[-1] += width
    return tuple(step for step in steps if step)


def _reading(attributes: tuple[Attribute, ...], encoding: Encoding) -> tuple[Step, ...]:
    steps: list[Step] = []
    for name, form, constant in attributes:
        width = fixed_width(form, encoding)
        name = name if name in READ else 0
        if form == c.DW_FORM_implicit_const:
            steps.append(Step(KNOWN, constant, name, form))
        elif width is not None and name:
            steps.append(Step(FIXED, width, name, form))
        elif width is not None:
            before = steps.pop().amount if steps and steps[-1].kind == SKIP else 0
            steps.append(Step(SKIP, before + width, 0, form))
        elif form in LEBS and form != c.DW_FORM_sdata:
            steps.append(Step(ULEB, 0, name, form))
        else:
            steps.append(Step(ANY, 0, name, form))
    return tuple(steps)


def _reader(
    attributes: tuple[Attribute, ...], encoding: Encoding, wanted: tuple[int, ...]
) -> struct.Struct | None:
    """Returns what reads the wanted attributes, which are stored in this order, and no others."""
    forms = {
        c.DW_AT_low_pc: (c.DW_FORM_addr,),
        c.DW_AT_high_pc: _PLAIN_DATA,
        c.DW_AT_ranges: section_offset_forms(encoding),
    }
    text = "<" if encoding.order == "little" else ">"
    found = 0
    for name, form, _ in attributes:
        width = fixed_width(form, encoding)
        if width is None:
            return None
        if name in wanted:
            if form not in forms[name]:
                return None
            text += _LETTERS[width]
            found += 1
            if found == len(wanted):
                return struct.Struct(text)
        else:
            text += f"{width}x"
    return None
