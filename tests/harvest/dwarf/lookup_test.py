"""Which unit is asked about an address, and what happens when one cannot answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style
from tests.harvest.dwarf.units import (
    BARE,
    END,
    FUNCTION,
    INLINED,
    LAST,
    ROWS,
    Small,
    found,
    found_with_warnings,
    joined,
)

MAIN = "/build/main.c"
FOUR, FIVE = Style(4), Style(5)


def aranges(style: Style, unit: int, *pairs: tuple[int, int], version: int = 2) -> bytes:
    """Returns a set of `.debug_aranges`: pairs of address and length."""
    head = style.number(2, version) + style.offset(unit) + bytes([style.address_size, 0])
    padding = bytes(-(len(style.sized(b"")) + len(head)) % (2 * style.address_size))
    body = b"".join(style.address(a) + style.address(b) for a, b in pairs)
    return style.sized(head + padding + body + bytes(2 * style.address_size))


@pytest.mark.parametrize("style", [FOUR, FIVE, Style(5, 8, 4, "big")], ids=str)
def test_code_without_functions(style: Style) -> None:
    small = Small(style)
    assert found(small.sections(), 0xFFF, 0x1000, 0x10FF, 0x12FF, 0x1300) == [
        None, (MAIN, 10), (MAIN, 10), (MAIN, 30), None,
    ]  # fmt: skip


@pytest.mark.parametrize("style", [FOUR, FIVE, Style(3, 8, 4, "big")], ids=str)
def test_a_unit_that_tells_no_code(style: Style) -> None:
    small = Small(style)
    bare = small.sections(first=small.entry(BARE, b"main.c", b"/build", 0))
    # Its line number program states it, unless there is a set of ranges.
    assert found(bare, 0x1000, 0x1200) == [(MAIN, 10), (MAIN, 30)]
    stated = replace(bare, aranges=aranges(style, 0, (0, 0), (0x1000, 0x100)))
    assert found(stated, 0x1000, 0x1200) == [(MAIN, 10), None]
    twice = replace(stated, aranges=stated.aranges + aranges(style, 0, (0x1200, 0x10), version=3))
    assert found(twice, 0x1000, 0x1100, 0x1200) == [(MAIN, 10), None, (MAIN, 30)]
    of_another = replace(bare, aranges=aranges(style, 99, (0x1000, 0x100)))
    assert found(of_another, 0x1200) == [(MAIN, 30)]


def test_sets_of_ranges_count_more_than_a_pair_but_less_than_a_list() -> None:
    small = Small()
    sections = replace(small.sections(), aranges=aranges(FOUR, 0, (0x1100, 0x100)))
    assert found(sections, 0x1000, 0x1100) == [None, (MAIN, 20)]
    kinds = {BARE: (0x11, True, [(0x03, w.STRING), (0x10, w.SEC_OFFSET), (0x55, w.SEC_OFFSET)])}
    small = Small(kinds=kinds)
    listed = small.sections(first=small.entry(BARE, b"m.c", 0, 0))
    ranges = FOUR.address(0x1000) + FOUR.address(0x1010) + bytes(16)
    stated = replace(listed, ranges=ranges, aranges=aranges(FOUR, 0, (0x1100, 0x100)))
    assert found(stated, 0x1000, 0x1100) == [("main.c", 10), None]


def test_units_without_a_line_number_program() -> None:
    kinds = {BARE: (0x11, True, [(0x11, w.ADDR), (0x12, w.DATA8)])}
    small = Small(kinds=kinds)
    sections = small.sections(
        small.code(FUNCTION, 0x1000, LAST), END, first=small.entry(BARE, 0x1000, 0x300)
    )
    assert found(sections, 0x1000) == [None]
    # That a function is there is an answer: the next unit is not asked.
    other = small.sections(first=small.first(0x1000, LAST + 1))
    assert found(joined(sections, other), 0x1000) == [None]
    without = small.sections(first=small.entry(BARE, 0x1000, 0x300))
    assert found(joined(without, other), 0x1000) == [(MAIN, 10)]


@pytest.mark.parametrize("kind", [2, 6])
def test_units_of_types_are_skipped(kind: int) -> None:
    small = Small(FIVE)
    good = small.sections()
    more = bytes(8) + FIVE.offset(0)
    types = FIVE.unit(small.first() + END, kind=kind, more=more)
    assert found(replace(good, info=types), 0x1000) == [None]
    assert found(replace(good, info=types + bytes(good.info)), 0x1000) == [(MAIN, 10)]


@pytest.mark.parametrize(("kind", "more", "expected"), [(1, 0, 1), (3, 0, 0), (4, 8, 1), (5, 8, 1)])
def test_kinds_of_units(kind: int, more: int, expected: int) -> None:
    small = Small(FIVE)
    raw = FIVE.unit(small.first() + END, kind=kind, more=bytes(more))
    assert found(replace(small.sections(), info=raw), 0x1000) == [(MAIN, 10) if expected else None]


def test_of_units_that_claim_an_address_the_one_that_ends_first_is_asked() -> None:
    small = Small()
    call = small.code(INLINED, 0x1000, 0x1010, 1, 55) + END
    function = small.code(FUNCTION, 0x1000, 0x1100) + call + END
    long = small.sections(first=small.first(0x1000, 0x5000))
    short = small.sections(function, first=small.first(0x1000, 0x4000))
    for sections in (joined(long, short), joined(short, long)):
        assert found(sections, 0x1000) == [(MAIN, 55)]
    same = small.sections(function, first=small.first(0x1000, 0x5000))
    assert found(joined(long, same), 0x1000) == [(MAIN, 10)]
    assert found(joined(same, long), 0x1000) == [(MAIN, 55)]


def test_a_unit_that_does_not_know_is_no_answer() -> None:
    small = Small()
    line = small.line([(0x9000, 1, 5)], 0x9100)
    table = small.line()
    ignorant = small.sections(first=small.first(0x1000, 0x2000, line=len(table)))
    knowing = small.sections(first=small.first(0x1000, 0x3000))
    sections = replace(joined(ignorant, knowing), line=table + line)
    assert found(sections, 0x1000, 0x1100) == [(MAIN, 10), (MAIN, 20)]


def test_files_of_calls_are_looked_up_in_the_unit_that_was_asked_first() -> None:
    """So does the reference; it matters only where several units claim an address."""
    small = Small()
    call = small.code(INLINED, 0x1000, 0x1010, 1, 55) + END
    function = small.code(FUNCTION, 0x1000, 0x1100) + call + END
    table = small.line()
    files = [(b"", 0), (b"first.c", 0)]
    program = w.sequence(FOUR, [(0x9000, 1, 5)], 0x9100)
    other = w.line_unit(FOUR, [b"/build"], files, program)
    asked = small.sections(first=small.first(0x1000, 0x2000, line=len(table)))
    answering = small.sections(function, first=small.first(0x1000, 0x3000))
    sections = replace(joined(asked, answering), line=table + other)
    assert found(sections, 0x1000, 0x1100) == [("/build/first.c", 55), (MAIN, 20)]


def test_bases_and_indices() -> None:
    style = Style(5)
    attributes = [(0x03, w.STRX1), (0x1B, w.STRX), (0x10, w.SEC_OFFSET), (0x72, w.SEC_OFFSET)]
    attributes += [(0x73, w.SEC_OFFSET), (0x11, w.ADDRX), (0x12, w.DATA4)]
    small = Small(style, {BARE: (0x11, True, attributes)})
    first = small.entry(BARE, 1, 2, 0, 8, 8, 1, 0x300)
    sections = replace(
        small.sections(first=first),
        str=b"\0x\0main.c\0/here\0",
        str_offsets=bytes(8) + b"".join(map(style.offset, (1, 3, 10))),
        addr=bytes(8) + style.address(5) + style.address(0x1000),
    )
    assert found(sections, 0x1000) == [("/here/main.c", 10)]
    locations, warnings = found_with_warnings(replace(sections, addr=b""), 0x1000)
    assert locations == [None]
    assert warnings == [".debug_addr at byte 16: 0 bytes instead of an address"]
    # Without its strings, a unit has no directory.
    assert found(replace(sections, str_offsets=b""), 0x1000) == [("main.c", 10)]


def broken() -> list[tuple[bytes, str]]:
    small = Small()
    good = bytes(small.sections().info)
    return [
        (good[:4] + b"\6\0" + good[6:], "DWARF 6 instead of a version from 2 to 5"),
        (good[:4] + b"\1\0" + good[6:], "DWARF 1 instead of a version from 2 to 5"),
        (good[:10] + b"\3" + good[11:], "addresses of 3 bytes"),
        (good[:6] + b"\xff\xff" + good[8:], "a section of"),
        (good[:11] + b"\x63" + good[12:], "a table without code 99"),
        (good[:11] + b"\0" + good[12:], "a null entry"),
        (FOUR.sized(b"\4\0"), "a unit of 2 bytes instead of a header"),
        (FOUR.unit(b"\1main.c"), "a unit with an entry"),
        (FOUR.unit(small.first(line=99_999) + END), "a section of"),
        (FIVE.unit(b"", kind=9), "a unit of kind 9"),
    ]


@pytest.mark.parametrize(("unit", "message"), broken())
def test_a_damaged_unit_is_skipped(unit: bytes, message: str) -> None:
    small = Small()
    good = small.sections()
    sections = replace(good, info=unit + bytes(good.info))
    locations, warnings = found_with_warnings(sections, 0x1000)
    assert locations == [(MAIN, 10)]
    assert len(warnings) == 1
    assert message in warnings[0]


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b"\1\2", "a length behind the end"),
        (b"\xf3\xff\xff\xff\0\0", "the length 0xfffffff3"),
        (b"\xff\xff\xff\xff\0\0", "a length behind the end"),
        (b"\xff\xff\xff\xff" + b"\xff" * 8, "a unit of 18446744073709551615 bytes"),
        (b"\x50\0\0\0\4\0", "a unit of 80 bytes"),
    ],
)
def test_behind_a_unit_that_is_cut_off_there_is_nothing(tail: bytes, message: str) -> None:
    good = Small().sections()
    sections = replace(good, info=bytes(good.info) + tail)
    locations, warnings = found_with_warnings(sections, 0x1000)
    assert locations == [(MAIN, 10)]
    assert warnings[0].startswith(f".debug_info at byte {len(good.info)}: {message}")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"\1", ".debug_aranges at byte 0: a length behind the end"),
        (b"\x50\0\0\0\2\0", "a set of 80 bytes"),
        (aranges(FOUR, 0, (1, 2), version=4), "a set of version 4"),
        (FOUR.sized(b"\2\0\0\0\0\0\3\0"), "addresses of 3 bytes, segments of 0"),
        (FOUR.sized(b"\2\0\0\0\0\0\x08\1"), "addresses of 8 bytes, segments of 1"),
    ],
)
def test_damaged_sets_of_ranges(raw: bytes, message: str) -> None:
    good = Small().sections()
    locations, warnings = found_with_warnings(replace(good, aranges=raw), 0x1000)
    assert locations == [(MAIN, 10)]
    assert message in warnings[0]


@pytest.mark.parametrize(
    ("abbrev", "message"),
    [
        (b"", "a table without code 1"),
        (b"\1\x11\2\0\0", ".debug_abbrev at byte 0: no abbreviation instead of one"),
        (b"\1\x11\1\3", "no abbreviation"),
        (b"\2\x11\1\0\0\2\x11\1\0\0\0", "code 2 of tag 17 instead of a new one"),
        (b"\1\0\1\0\0\0", "code 1 of tag 0"),
        (b"\x80" * 20 + b"\1\x11\1\0\0", "LEB128 of more than 70 bits"),
        (b"\1\x11\1" + b"\3" + b"\x80" * 20 + b"\1\0\0", "LEB128 of more than 70 bits"),
        (b"\1\x11\1" + b"\3\x0b" * 1000 + b"\0\0", "no abbreviation"),
    ],
)
def test_damaged_abbreviations(abbrev: bytes, message: str) -> None:
    good = Small().sections()
    locations, warnings = found_with_warnings(replace(good, abbrev=abbrev), 0x1000)
    assert locations == [None]
    assert message in warnings[0]


def test_a_table_may_end_with_its_section() -> None:
    good = Small().sections()
    assert found(replace(good, abbrev=good.abbrev[:-1]), 0x1000) == [(MAIN, 10)]


def test_nothing_at_all() -> None:
    assert found(Sections(), 0, 0x1000) == [None, None]
    assert found(Small().sections()) == []
    assert ROWS[0][0] == 0x1000
