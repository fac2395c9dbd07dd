"""The reader of debug information on programs of 150 functions, of about 100 kB, in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.harvest.dwarf.damage import Warnings
from rules_codspeed.harvest.dwarf.lookup import Lookup
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf.dwarf_files import program
from tests.harvest.dwarf.dwarf_writer import Style

PROGRAMS = {
    "dwarf_4": program(Style(4), 3, 50),
    "dwarf_4_without_siblings": program(Style(4, sibling=False), 3, 50),
    "dwarf_5": program(Style(5), 3, 50),
    "dwarf_5_indexed": program(Style(5, sibling=False, indexed=True), 3, 50),
    "dwarf_5_big_endian": program(Style(5, order="big"), 3, 50),
}


def located(sections: Sections, addresses: list[int]) -> int:
    return len(Lookup(sections, Warnings()).locate(addresses))


@pytest.mark.parametrize("name", PROGRAMS)
def test_debug_info(benchmark: BenchmarkFixture, name: str) -> None:
    made = PROGRAMS[name]
    addresses = [one.symbol.addr for one in made.expected]
    assert benchmark(located, made.sections, addresses) == 150


def test_debug_info_of_one_unit(benchmark: BenchmarkFixture) -> None:
    """The others have no wanted address: only their first entries are read."""
    made = PROGRAMS["dwarf_5"]
    addresses = [one.symbol.addr for one in made.expected[:50]]
    assert benchmark(located, made.sections, addresses) == 50


def test_debug_info_of_a_file_cut_short(benchmark: BenchmarkFixture) -> None:
    """A damaged file: its last unit is skipped."""
    made = PROGRAMS["dwarf_5"]
    cut = replace(made.sections, info=made.sections.info[:-1])
    addresses = [one.symbol.addr for one in made.expected]
    assert benchmark(located, cut, addresses) == 100
