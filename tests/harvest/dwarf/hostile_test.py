"""Damaged and hostile debug information: bounded time and memory, and no other error."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.dwarf.damage import Warnings
from rules_codspeed.harvest.dwarf.lookup import Location, Lookup
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_files import SECTIONS, Program, program
from tests.harvest.dwarf.dwarf_writer import Style
from tests.harvest.dwarf.units import BARE, END, FUNCTION, Small, found_with_warnings

STYLES = [
    Style(2),
    Style(3, 8, sibling=False),
    Style(4),
    Style(5),
    Style(5, 8, 4, "big", True, True),
    Style(5, sibling=False, indexed=True),
]
PROGRAMS = [program(style, 4, 6) for style in STYLES]
ADDRESSES = [0, 1, 2**64 - 1]

_changes = st.lists(
    st.tuples(
        st.sampled_from(SECTIONS),
        st.integers(0, 1 << 16),
        st.sampled_from(["set", "cut", "insert", "remove"]),
        st.binary(min_size=1, max_size=9)
        | st.sampled_from([b"\xff" * 4, bytes(4), b"\xff" * 12, b"\x80" * 12, b"\xf0\xff\xff\xff"]),
    ),
    min_size=1,
    max_size=6,
)


def changed(sections: Sections, changes: list[tuple[str, int, str, bytes]]) -> Sections:
    parts = {name: bytearray(getattr(sections, name)) for name in SECTIONS}
    for name, place, how, value in changes:
        data = parts[name]
        at = place % (len(data) + 1)
        if how == "set":
            data[at : at + len(value)] = value
        elif how == "cut":
            del data[at:]
        elif how == "insert":
            data[at:at] = value
        else:
            del data[at : at + len(value)]
    return Sections(order=sections.order, **{name: bytes(parts[name]) for name in SECTIONS})


def locate(sections: Sections, addresses: list[int]) -> tuple[dict[int, Location], Warnings]:
    warnings = Warnings()
    return Lookup(sections, warnings).locate(addresses), warnings


@given(st.sampled_from(PROGRAMS), _changes)
@settings(max_examples=400)
def test_changed_bytes(one: Program, changes: list[tuple[str, int, str, bytes]]) -> None:
    addresses = ADDRESSES + [expected.symbol.addr for expected in one.expected]
    located, warnings = locate(changed(one.sections, changes), addresses)
    assert set(located) <= set(addresses)
    assert len(warnings.sentences()) <= 11


@given(st.sampled_from(STYLES), st.binary(max_size=200), st.binary(max_size=60), st.binary())
@settings(max_examples=200)
def test_any_bytes(style: Style, entries: bytes, abbrev: bytes, line: bytes) -> None:
    sections = Sections(
        order=style.order,
        info=style.unit(entries),
        abbrev=abbrev,
        line=style.sized(style.number(2, style.version) + line),
        ranges=line,
        rnglists=line,
    )
    locate(sections, [*ADDRESSES, 0x1000])


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_a_damaged_unit_leaves_the_others(style: Style) -> None:
    made = program(style, 4, 6)
    data = bytearray(made.sections.info)
    start = len(program(style, 1, 6).sections.info)
    end = len(program(style, 2, 6).sections.info)
    data[start + 60 : end] = b"\x7f" * (end - start - 60)
    located, warnings = locate(
        replace(made.sections, info=bytes(data)), [one.symbol.addr for one in made.expected]
    )
    others = made.expected[:6] + made.expected[12:]
    assert {address: tuple(place) for address, place in located.items()} == {
        one.symbol.addr: (one.file, one.line) for one in others
    }
    assert warnings.count


def test_empty_units_without_end() -> None:
    located, warnings = locate(Sections(info=bytes(1_100_000)), [0, 5])
    assert located == {}
    assert warnings.count == 250_001
    assert warnings.sentences()[-1] == "and 249991 more"


def test_units_that_all_claim_everything() -> None:
    small = Small()
    wide = small.first(0, 1 << 40) + END
    rows = [(0x900_0000 + i, 1, i % 7 + 1) for i in range(20_000)]
    table = small.line(rows, 0x900_0000 + 30_000)
    ignorant = replace(small.sections(), info=small.style.unit(wide) * 3000, line=table)
    # Some of them are searched; all of them would take hours.
    located, _ = locate(ignorant, list(range(0x1000, 0x1000 + 2000)))
    assert located == {}


def test_tables_of_abbreviations_in_each_other() -> None:
    many = b"".join(w.abbreviation(code, 5, False, [(2, w.BLOCK)] * 3) for code in range(10, 9000))
    style = Style(4)
    units = b"".join(style.unit(b"\x09\0", table=i * 12) for i in range(3000))
    located, warnings = locate(Sections(info=units, abbrev=many), [5])
    assert located == {}
    assert warnings.count == 3000


def test_a_table_with_more_kinds_than_entries() -> None:
    many = b"".join(w.abbreviation(code, 5, False, []) for code in range(1, 50_010))
    units = Style(4).unit(b"\x80\x80\x04\0")
    _, warnings = locate(Sections(info=units, abbrev=many), [5])
    assert "code 50001 of tag 5" in warnings.sentences()[0]


def test_a_path_without_end() -> None:
    kinds = {BARE: (0x11, True, [(0x03, w.STRP), (0x1B, w.STRP), (0x10, w.SEC_OFFSET)])}
    small = Small(kinds=kinds)
    first = small.entry(BARE, 0, 0, 0)
    sections = small.sections(small.code(FUNCTION, 0x1000, 0x1300), END, first=first)
    endless = replace(sections, str=b"x" * 100_000)
    assert found_with_warnings(endless, 0x1000) == ([("main.c", 10)], [])


def test_paths_of_too_many_bytes() -> None:
    """Many files in one directory with a long name, whose paths would fill the memory."""
    small = Small()
    name = b"x" * 60_000
    count = 3000
    files = [(b"%d" % i, 1) for i in range(count)]
    rows = [(0x1000 + i, i, 5) for i in range(1, count)]
    table = w.line_unit(
        small.style, [b"/b", b"/" + name], files, w.sequence(small.style, rows, 0x9000)
    )
    sections = replace(small.sections(first=small.first(0x1000, 0x9000)), line=table)
    locations, warnings = found_with_warnings(sections, *range(0x1001, 0x1000 + count))
    assert not any(locations)
    assert "referred to many times" in warnings[0]
