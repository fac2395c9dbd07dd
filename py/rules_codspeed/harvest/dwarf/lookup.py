"""Finds the outermost location of addresses, as the reference does, unit by unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.abbreviations import AbbreviationReader
from rules_codspeed.harvest.dwarf.aranges import AddressRanges
from rules_codspeed.harvest.dwarf.claims import Claims
from rules_codspeed.harvest.dwarf.damage import Budget, Damage, Warnings
from rules_codspeed.harvest.dwarf.files import Files, Paths
from rules_codspeed.harvest.dwarf.functions import Functions
from rules_codspeed.harvest.dwarf.line_header import SECTION as LINES
from rules_codspeed.harvest.dwarf.line_header import LineHeader, read_line_header
from rules_codspeed.harvest.dwarf.line_program import run_program
from rules_codspeed.harvest.dwarf.line_rows import Row, Rows
from rules_codspeed.harvest.dwarf.ranges import Range, RangeBudgets
from rules_codspeed.harvest.dwarf.sections import Sections
from rules_codspeed.harvest.dwarf.units import Unit, header_at, read_unit, unit_headers

_MASK32 = 0xFFFF_FFFF


class Location(NamedTuple):
    """A place in the sources.

    Attributes:
      file: its path.
      line: None when there is none.
    """

    file: str
    line: int | None


class Lookup:
    """Looks addresses up in the debug information of one file.

    Attributes:
      units: how many units could be read.
    """

    __slots__ = (
        "_abbreviations",
        "_line_budget",
        "_other_files",
        "_paths",
        "_range_budgets",
        "_sections",
        "_sequences",
        "_warnings",
        "units",
    )

    def __init__(self, sections: Sections, warnings: Warnings) -> None:
        """Makes the lookup.

        Args:
          sections: of the file.
          warnings: takes what is skipped.
        """
        self._sections = sections
        self._warnings = warnings
        self._abbreviations = AbbreviationReader(sections.abbrev)
        self._range_budgets = RangeBudgets.of(sections)
        self._line_budget = Budget(LINES, 4 * len(sections.line) + (1 << 20))
        self._paths = Paths()
        # Offset of a program and size of addresses -> its sequences: units can share one.
        self._sequences: dict[tuple[int, int], list[Range]] = {}
        self._other_files: dict[int, Files | None] = {}
        self.units = 0

    def locate(self, addresses: Iterable[int]) -> dict[int, Location]:
        """Returns the locations by address, for those addresses that have one with a file.

        A unit that cannot be read is noted, and the others are searched.
        """
        claims = self._claims(sorted(set(addresses)))
        found: dict[int, Location] = {}
        turn = 0
        while claims:
            groups: dict[int, list[int]] = {}
            for address, units in claims.items():
                groups.setdefault(units[turn], []).append(address)
            for offset in sorted(groups):
                wanted = {address: claims[address][0] for address in groups[offset]}
                for address, location in self._ask(offset, wanted).items():
                    if location:
                        found[address] = location
                    del claims[address]
            turn += 1
            claims = {one: units for one, units in claims.items() if len(units) > turn}
        return found

    def _claims(self, wanted: list[int]) -> dict[int, tuple[int, ...]]:
        claims = Claims(wanted)
        aranges = AddressRanges(self._sections, self._warnings)
        for header in unit_headers(self._sections, self._warnings):
            if header.kind in (c.DW_UT_type, c.DW_UT_split_type, c.DW_UT_partial):
                continue
            try:
                unit = read_unit(self._sections, header, self._abbreviations, self._range_budgets)
                claims.add(header.offset, self._ranges(unit, aranges))
                self.units += 1
            except Damage as damage:
                self._warnings.add(damage)
        return claims.of_addresses()

    def _ranges(self, unit: Unit, aranges: AddressRanges) -> list[Range]:
        """Returns the ranges of a unit; of its line number program when it states none."""
        if unit.list is None and (found := aranges.of_unit(unit.header.offset)):
            return found
        found = unit.ranges.of_entry(unit.low_pc, unit.high_pc, unit.list)
        if found or unit.line is None:
            return found
        key = (unit.line, unit.header.encoding.address_size)
        if key not in self._sequences:
            self._sequences[key] = []
            self._sequences[key] = self._rows(unit.line, key[1], [])[1].sequences
        return self._sequences[key]

    def _rows(self, offset: int, address_size: int, wanted: list[int]) -> tuple[LineHeader, Rows]:
        header = read_line_header(self._sections, offset, address_size)
        self._line_budget.spend(header.end - offset, offset)
        program = bytes(self._sections.line[header.start : header.end])
        return header, run_program(program, header, wanted)

    def _ask(self, offset: int, wanted: dict[int, int]) -> dict[int, Location | None]:
        """Returns the answers of a unit by address, which may be that there is no location.

        Args:
          offset: of the unit.
          wanted: the addresses, ascending, with the unit that was asked first about each.
        """
        try:
            return self._answers(offset, wanted)
        except Damage as damage:
            self._warnings.add(damage)
            return {}

    def _answers(self, offset: int, wanted: dict[int, int]) -> dict[int, Location | None]:
        addresses = list(wanted)
        unit = self._unit(offset)
        header = unit.header
        table = self._abbreviations.table(header.abbreviations, header.encoding)
        data = bytes(self._sections.info[offset : header.end])
        functions = Functions(unit, data, table, addresses)
        rows: dict[int, Row] = {}
        files = None
        if unit.line is not None:
            line_header, taken = self._rows(unit.line, header.encoding.address_size, addresses)
            rows = taken.result()
            files = Files(unit, line_header, self._paths)
        answers: dict[int, Location | None] = {}
        for address, first in wanted.items():
            row = rows.get(address)
            call = functions.call(address)
            if call:
                # The reference looks the file up in the unit that it asked first, although
                # it was another one that had the answer.
                source = files if first == offset else self._files(first)
                answers[address] = _location(source, call.file, call.line)
            elif row:
                answers[address] = _location(files, row.file, row.line)
            elif functions.at(address):
                answers[address] = None
        return answers

    def _unit(self, offset: int) -> Unit:
        header = header_at(self._sections, offset)
        return read_unit(self._sections, header, self._abbreviations, self._range_budgets)

    def _files(self, offset: int) -> Files | None:
        """Returns the files of a unit; None when it has none."""
        if offset not in self._other_files:
            self._other_files.clear()
            unit = self._unit(offset)
            files = None
            if unit.line is not None:
                size = unit.header.encoding.address_size
                line_header = read_line_header(self._sections, unit.line, size)
                self._line_budget.spend(line_header.start - unit.line, unit.line)
                files = Files(unit, line_header, self._paths)
            self._other_files[offset] = files
        return self._other_files[offset]


def _location(files: Files | None, file: int | None, line: int) -> Location | None:
    path = files.path(file) if files else None
    return None if path is None else Location(path, (line & _MASK32) or None)
