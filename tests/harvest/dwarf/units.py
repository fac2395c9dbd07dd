"""Small debug information for tests: one unit of a few entries, and a line number table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rules_codspeed.harvest.dwarf.damage import Warnings
from rules_codspeed.harvest.dwarf.lookup import Location, Lookup
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Attributes, Style, Value

UNIT, BARE, FUNCTION, INLINED, BLOCK, LEAF = range(1, 7)
END = b"\0"
ROWS = [(0x1000, 1, 10), (0x1100, 1, 20), (0x1200, 1, 30)]
LAST = 0x1300
DIRS = [b"/build", b"/include"]
FILES = [(b"main.c", 0), (b"main.c", 0), (b"other.h", 1)]

Kind = tuple[int, bool, Attributes]


def kinds_of(style: Style) -> dict[int, Kind]:
    """Returns the kinds of entries that are there unless a test brings its own."""
    data = w.DATA4 if style.offset_size == 4 else w.DATA8
    offset = w.SEC_OFFSET if style.version >= 4 else data
    pair = [(0x11, w.ADDR), (0x12, w.DATA8 if style.version >= 4 else w.ADDR)]
    named = [(0x03, w.STRING), (0x1B, w.STRING), (0x10, offset)]
    return {
        UNIT: (0x11, True, [*named, *pair]),
        BARE: (0x11, True, named),
        FUNCTION: (0x2E, True, pair),
        INLINED: (0x1D, True, [*pair, (0x58, w.DATA1), (0x59, w.DATA2)]),
        BLOCK: (0x0B, True, pair),
        LEAF: (0x05, False, [(0x02, w.BLOCK1)]),
    }


class Small:
    """One unit. The first entry is of the kind `UNIT` for addresses from 0x1000 to 0x1300."""

    def __init__(self, style: Style | None = None, kinds: Mapping[int, Kind] | None = None) -> None:
        self.style = style or Style(version=4)
        self.kinds = {**kinds_of(self.style), **(kinds or {})}

    def entry(self, code: int, *values: Value) -> bytes:
        """Returns an entry."""
        return self.style.entry(code, self.kinds[code][2], values)

    def pair(self, begin: int, end: int) -> tuple[int, int]:
        """Returns the values of a pair of attributes."""
        return begin, end - begin if self.style.version >= 4 else end

    def code(self, kind: int, begin: int, end: int, *more: Value) -> bytes:
        """Returns an entry that begins with a pair."""
        return self.entry(kind, *self.pair(begin, end), *more)

    def first(self, begin: int = 0x1000, end: int = LAST, line: int = 0) -> bytes:
        """Returns the first entry of a unit."""
        return self.entry(UNIT, b"main.c", b"/build", line, *self.pair(begin, end))

    def table(self) -> bytes:
        """Returns the abbreviations."""
        return b"".join(w.abbreviation(code, *kind) for code, kind in self.kinds.items()) + b"\0"

    def line(self, rows: Sequence[tuple[int, int, int]] = ROWS, end: int = LAST) -> bytes:
        """Returns a line number table."""
        return w.line_unit(self.style, DIRS, FILES, w.sequence(self.style, rows, end))

    def sections(self, *entries: bytes, first: bytes | None = None) -> Sections:
        """Returns sections with the unit of these entries behind the first."""
        body = (self.first() if first is None else first) + b"".join(entries) + END
        return Sections(
            order=self.style.order,
            info=self.style.unit(body),
            abbrev=self.table(),
            line=self.line(),
        )


def found(sections: Sections, *addresses: int) -> list[Location | None]:
    """Returns the locations of addresses; nothing may be damaged."""
    locations, warnings = found_with_warnings(sections, *addresses)
    assert warnings == []
    return locations


def found_with_warnings(
    sections: Sections, *addresses: int
) -> tuple[list[Location | None], list[str]]:
    """Returns the locations of addresses, and what was skipped."""
    warnings = Warnings()
    locations = Lookup(sections, warnings).locate(addresses)
    return [locations.get(one) for one in addresses], warnings.sentences()


def joined(*parts: Sections) -> Sections:
    """Returns the units of several, which share the other sections of the first."""
    return replace(parts[0], info=b"".join(bytes(one.info) for one in parts))
