"""Tables of abbreviations, which list the attributes of each kind of entry (DWARF 5, 7.5.3)."""

from __future__ import annotations

import re
from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.damage import Budget, Damage
from rules_codspeed.harvest.dwarf.forms import Encoding
from rules_codspeed.harvest.dwarf.layout import Layout, parse_attributes
from rules_codspeed.harvest.dwarf.leb128 import PATTERN as _LEB
from rules_codspeed.harvest.dwarf.leb128 import read_uleb

SECTION = ".debug_abbrev"

# The largest tables, of programs optimised as a whole, have a few thousand entries.
_MOST_ENTRIES = 50_000
_MOST_LAYOUTS = 20_000

# Code, tag, whether there are children, attributes up to a pair of zeros. Each byte can be
# matched in one way only, so that a failure is found in linear time.
_LONG = rb"[\x80-\xff]+[\x00-\x7f]"
_ENTRY = re.compile(
    rb"(%b)(%b)([\x00\x01])((?:(?:%b|[\x01-\x7f])(?:\x21%b|%b|[\x01-\x20\x22-\x7f])){0,999})\x00\x00"
    % (_LEB, _LEB, _LONG, _LEB, _LONG)
)


class Abbreviation(NamedTuple):
    """One kind of entry.

    Attributes:
      tag: what it describes.
      layout: its attributes.
      is_code: whether it is a function or an inlined one that can have addresses.
      nesting: what it opens: 0 nothing, 1 a subtree, 2 the subtree of a function.
    """

    tag: int
    layout: Layout
    is_code: bool
    nesting: int


_FUNCTIONS = (c.DW_TAG_subprogram, c.DW_TAG_inlined_subroutine)


class Abbreviations:
    """The table of a unit, with what the walk over its entries needs for codes of one byte.

    Attributes:
      by_code: all kinds of entries, by code.
      steps: by the first byte of an entry: its bytes if it can be skipped and these are known;
        if they depend on one value, minus the offset of that; 0 if it needs a closer look.
      counts: what of the first byte of that value counts bytes that follow: 127, or 0.
      tails: bytes behind that value, and its first byte.
      nesting: as in `Abbreviation`.
    """

    __slots__ = ("by_code", "counts", "nesting", "steps", "tails")

    def __init__(self, by_code: dict[int, Abbreviation]) -> None:
        """Makes the table of these kinds of entries."""
        self.by_code = by_code
        self.steps = [0] * 256
        self.counts = [0] * 256
        self.tails = [0] * 256
        self.nesting = bytearray(256)
        self.steps[0] = 1
        for code, one in by_code.items():
            if code < 128:
                self.nesting[code] = one.nesting
                layout = one.layout
                if one.is_code:
                    continue
                if layout.width >= 0:
                    self.steps[code] = 1 + layout.width
                elif layout.varying >= 0:
                    self.steps[code] = -1 - layout.varying
                    self.counts[code] = layout.counts
                    self.tails[code] = 1 + layout.tail

    def look_up(self, data: bytes, pos: int) -> tuple[Abbreviation, int]:
        """Returns the kind of the entry at a position, and where its first value is.

        Raises:
          IndexError: the data ends before that.
          ValueError: the table does not have that kind.
        """
        code = data[pos]
        pos += 1
        if code > 127:
            code, pos = read_uleb(data, pos - 1)
        entry = self.by_code.get(code)
        if entry is None:
            raise ValueError(f"an entry of code {code}, which its table does not have")
        return entry, pos


class AbbreviationReader:
    """Reads tables of `.debug_abbrev`; keeps the last one, which units often share."""

    __slots__ = ("_budget", "_data", "_first", "_key", "_layouts", "_table")

    def __init__(self, data: bytes) -> None:
        """Makes the reader of this section."""
        self._data = data
        self._budget = Budget(SECTION, 16 * len(data) + (1 << 20))
        self._layouts: dict[tuple[bytes, Encoding], Layout] = {}
        self._first: dict[tuple[int, Encoding, int], Abbreviation] = {}
        self._key: tuple[int, Encoding] | None = None
        self._table = Abbreviations({})

    def table(self, offset: int, encoding: Encoding) -> Abbreviations:
        """Returns the table at an offset of the section.

        Raises:
          Damage: it cannot be read.
        """
        key = (offset, encoding)
        if key != self._key:
            self._table = Abbreviations(self._parse(offset, encoding, 0))
            self._key = key
        return self._table

    def one(self, offset: int, encoding: Encoding, code: int) -> Abbreviation:
        """Returns one kind of entry out of the table at an offset: that of the first of a unit.

        Raises:
          Damage: the table cannot be read up to it, or does not have it.
        """
        key = (offset, encoding, code)
        found = self._first.get(key)
        if found is None:
            found = self._parse(offset, encoding, code).get(code)
            if found is None:
                raise Damage(SECTION, offset, f"a table without code {code}", "one that has it")
            if len(self._first) == _MOST_ENTRIES:
                self._first.clear()
            self._first[key] = found
        return found

    def _parse(self, offset: int, encoding: Encoding, until: int) -> dict[int, Abbreviation]:
        """Parses a table up to its end, or up to a code other than 0."""
        data, match = self._data, _ENTRY.match
        found: dict[int, Abbreviation] = {}
        pos = offset
        if offset > len(data):
            raise Damage(SECTION, offset, f"a section of {len(data)} bytes", "a table")
        while pos < len(data) and data[pos]:
            entry = match(data, pos)
            if entry is None:
                raise Damage(SECTION, pos, "no abbreviation", "one")
            raw_code, raw_tag, children, raw = entry.groups()
            code = raw_code[0] if len(raw_code) == 1 else _number(raw_code, pos)
            tag = raw_tag[0] if len(raw_tag) == 1 else _number(raw_tag, pos)
            if code in found or not tag or len(found) == _MOST_ENTRIES:
                raise Damage(SECTION, pos, f"code {code} of tag {tag}", "a new one of a tag")
            layout = self._layouts.get((raw, encoding)) or self._layout(raw, encoding, pos)
            function = tag in _FUNCTIONS
            nesting = 0 if children == b"\x00" else 1 + function
            found[code] = Abbreviation(tag, layout, function and layout.has_code, nesting)
            self._budget.spend(entry.end() - pos, pos)
            pos = entry.end()
            if code == until:
                break
        return found

    def _layout(self, raw: bytes, encoding: Encoding, pos: int) -> Layout:
        try:
            layout = Layout(parse_attributes(raw), encoding)
        except ValueError as error:
            raise Damage(SECTION, pos, str(error), "attributes") from None
        if len(self._layouts) == _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[raw, encoding] = layout
        return layout


def _number(raw: bytes, pos: int) -> int:
    try:
        return read_uleb(raw, 0)[0]
    except ValueError as error:
        raise Damage(SECTION, pos, str(error), "a number") from None
