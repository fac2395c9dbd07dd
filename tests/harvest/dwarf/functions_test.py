"""Which call is the outermost one that was inlined at an address (spec: symbol-harvest 6.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style
from tests.harvest.dwarf.units import (
    BLOCK,
    END,
    FUNCTION,
    INLINED,
    LEAF,
    Small,
    found,
    found_with_warnings,
)

MAIN, OTHER = "/build/main.c", "/include/other.h"
OWN = 20  # the first number that the tests give their kinds of entries


def calls(small: Small, *inside: bytes, at: int = 0x1000) -> tuple[str, int | None] | None:
    """Returns the location of an address of a function that has these entries inside."""
    return found(small.sections(small.code(FUNCTION, 0x1000, 0x1100), *inside, END), at)[0]


def test_without_inlined_code_the_row_counts() -> None:
    small = Small()
    leaves = [small.entry(LEAF, bytes(n)) for n in (0, 1, 127, 128, 255)]
    assert calls(small, *leaves) == (MAIN, 10)
    assert calls(small, *leaves, at=0x10FF) == (MAIN, 10)
    # The rows of code without a function count as well, but not behind the last one.
    assert calls(small, at=0x1200) == (MAIN, 30)
    assert calls(small, at=0x1300) is None
    assert calls(small, at=0xFFF) is None


def test_the_outermost_call_counts() -> None:
    small = Small()
    deep = small.code(INLINED, 0x1000, 0x1004, 1, 77) + END
    assert calls(small, small.code(INLINED, 0x1000, 0x1010, 2, 55), deep, END) == (OTHER, 55)
    # Inside of lexical blocks, and behind other entries.
    block = small.code(BLOCK, 0x1000, 0x1020)
    before = small.code(INLINED, 0x1020, 0x1030, 1, 44) + END
    outer = small.code(INLINED, 0x1000, 0x1010, 2, 56)
    inside = (block, block, before, END, outer, deep, block, END, END, END)
    assert calls(small, *inside) == (OTHER, 56)
    assert calls(small, *inside, at=0x1010) == (MAIN, 10)
    assert calls(small, *inside, at=0x1025) == (MAIN, 44)


def test_code_inside_of_a_call_elsewhere_does_not_count() -> None:
    """The addresses of the outer call decide, even where those of the inner one differ."""
    small = Small()
    deep = small.code(INLINED, 0x1000, 0x1004, 1, 77) + END
    assert calls(small, small.code(INLINED, 0x1040, 0x1050, 2, 55), deep, END) == (MAIN, 10)


def test_the_last_call_that_begins_before_counts() -> None:
    small = Small()
    long = small.code(INLINED, 0x1000, 0x1040, 2, 55) + END
    short = small.code(INLINED, 0x1010, 0x1020, 1, 66) + END
    for inside in (long + short, short + long):
        assert calls(small, inside, at=0x1008) == (OTHER, 55)
        assert calls(small, inside, at=0x1010) == (MAIN, 66)
        assert calls(small, inside, at=0x1030) == (MAIN, 10)
    twice = long + small.code(INLINED, 0x1000, 0x1040, 1, 56) + END
    assert calls(small, twice) == (MAIN, 56)


def test_functions_inside_of_functions() -> None:
    small = Small()
    call = small.code(INLINED, 0x1000, 0x1010, 2, 55) + END
    inner_call = small.code(INLINED, 0x1100, 0x1110, 1, 66) + END
    inner = small.code(FUNCTION, 0x1100, 0x1200) + inner_call + call + END
    sections = small.sections(small.code(FUNCTION, 0x1000, 0x1100), inner, END)
    # What was inlined into the inner function does not belong to the outer one.
    assert found(sections, 0x1000, 0x1100) == [(MAIN, 10), (MAIN, 66)]
    sections = small.sections(small.code(FUNCTION, 0x1000, 0x1100), inner, call, END)
    assert found(sections, 0x1000, 0x1100) == [(OTHER, 55), (MAIN, 66)]


def test_of_functions_at_one_address_the_last_counts() -> None:
    small = Small()
    call = small.code(INLINED, 0x1000, 0x1010, 2, 55) + END
    with_call = small.code(FUNCTION, 0x1000, 0x1100) + call + END
    without = small.code(FUNCTION, 0x1000, 0x1100) + END
    assert found(small.sections(with_call, without), 0x1000) == [(MAIN, 10)]
    assert found(small.sections(without, with_call), 0x1000) == [(OTHER, 55)]


@pytest.mark.parametrize(
    ("file", "old", "new"), [(0, None, MAIN), (1, MAIN, MAIN), (3, None, None)]
)
def test_files_of_calls(file: int, old: str | None, new: str | None) -> None:
    for version, path in ((2, old), (3, old), (4, old), (5, new)):
        small = Small(Style(version))
        place = calls(small, small.code(INLINED, 0x1000, 0x1010, file, 0), END)
        assert place == (None if path is None else (path, None))


PAIR = [(0x11, w.ADDR), (0x12, w.DATA8)]


@pytest.mark.parametrize(
    ("attributes", "values", "expected"),
    [
        (PAIR, (0x1000, 16), None),
        ([*PAIR, (0x59, w.DATA1)], (0x1000, 16, 7), None),
        ([*PAIR, (0x58, w.DATA1)], (0x1000, 16, 2), (OTHER, None)),
        ([(0x58, w.UDATA), (0x59, w.UDATA), *PAIR], (2, 300, 0x1000, 16), (OTHER, 300)),
        ([(0x58, w.SDATA), (0x59, w.DATA8), *PAIR], (2, 2**32 + 7, 0x1000, 16), (OTHER, 7)),
        ([(0x58, w.SDATA), (0x59, w.SDATA), *PAIR], (-2, 7, 0x1000, 16), None),
        ([(0x58, w.FLAG), (0x59, w.DATA4), *PAIR], (2, 7, 0x1000, 16), None),
        (
            [(0x58 | 2 << 16, w.IMPLICIT_CONST), (0x59 | 9 << 16, w.IMPLICIT_CONST), *PAIR],
            (0, 0, 0x1000, 16),
            (OTHER, 9),
        ),
        (
            [(0x58, w.DATA1), (0x59, w.DATA1), (0x11, w.ADDR), (0x12 | 16 << 16, w.IMPLICIT_CONST)],
            (2, 8, 0x1000, 0),
            (OTHER, 8),
        ),
        ([(0x58, w.INDIRECT), (0x59, w.DATA1), *PAIR], (b"\x0b\2", 8, 0x1000, 16), (OTHER, 8)),
        ([(0x12, w.UDATA), (0x58, w.DATA2), (0x11, w.ADDR)], (16, 2, 0x1000), (OTHER, None)),
        ([(0x11, w.ADDR), (0x12, w.ADDR), (0x58, w.DATA4)], (0x1000, 0x1010, 2), (OTHER, None)),
        # No code, so the row counts.
        ([(0x11, w.ADDR), (0x58, w.DATA1)], (0x1000, 2), (MAIN, 10)),
        ([(0x11, w.DATA8), (0x12, w.DATA8), (0x58, w.DATA1)], (0x1000, 16, 2), (MAIN, 10)),
        ([*PAIR, (0x58, w.DATA1)], (0x1000, 0, 2), (MAIN, 10)),
        ([*PAIR, (0x58, w.DATA1)], (2**64 - 1, 16, 2), (MAIN, 10)),
    ],
)
def test_shapes(
    attributes: list[tuple[int, int]],
    values: tuple[int | bytes, ...],
    expected: tuple[str, int | None] | None,
) -> None:
    tails: list[tuple[list[tuple[int, int]], list[int | bytes]]] = [
        ([], []),
        ([(0x01, w.REF4)], [7]),
        ([(0x02, w.BLOCK1)], [b"abc"]),
        ([(0x03, w.STRING), (0x02, w.EXPRLOC)], [b"name", b"abcd"]),
    ]
    for tail, last in tails:
        small = Small(kinds={OWN: (0x1D, False, attributes + tail)})
        assert calls(small, small.entry(OWN, *values, *last)) == expected


def test_ranges_of_functions_and_calls() -> None:
    kinds = {
        OWN: (0x2E, True, [(0x55, w.SEC_OFFSET), (0x03, w.STRING)]),
        OWN + 1: (0x1D, True, [(0x55, w.SEC_OFFSET), (0x58, w.DATA1), (0x59, w.DATA1)]),
    }
    for style in (Style(4), Style(5)):
        small = Small(style, kinds)
        pairs = [(0x1200 - 0x1000, 0x1210 - 0x1000), (0, 0x10)]
        if style.version == 4:
            lists = b"".join(style.address(a) + style.address(b) for a, b in pairs) + bytes(16)
        else:
            lists = b"".join(b"\4" + w.uleb(a) + w.uleb(b) for a, b in pairs) + b"\0"
        function, call = small.entry(OWN, 0, b"f"), small.entry(OWN + 1, 0, 2, 99)
        sections = small.sections(function, call, END, END)
        sections = replace(sections, ranges=lists, rnglists=lists)
        assert found(sections, 0x1000, 0x1100, 0x1208) == [(OTHER, 99), (MAIN, 20), (OTHER, 99)]


def test_codes_of_several_bytes() -> None:
    style = Style(4)
    kinds = {
        300: (0x2E, True, PAIR),
        70_000: (0x1D, False, [*PAIR, (0x58, w.DATA1), (0x59, w.DATA1)]),
        200: (0x05, False, [(0x02, w.BLOCK1)]),
        201: (0x0B, True, []),
    }
    small = Small(style, kinds)
    inside = small.entry(201) + small.entry(200, b"abc") + small.entry(70_000, 0x1000, 16, 2, 5)
    sections = small.sections(small.entry(300, 0x1000, 256), inside, END, END)
    assert found(sections, 0x1000) == [(OTHER, 5)]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (b"\x63", "an entry of code 99, which its table does not have"),
        (b"\6\xff", "an entry behind the end"),
        (b"\3\0\0", "a buffer of at least"),
        (b"\x80" * 30, "LEB128 of more than 70 bits"),
        (b"\x15\0" + b"\x80" * 30, "index out of range"),
        (b"\x16abc", "subsection not found"),
        (b"\x17", "form 0x7f"),
    ],
)
def test_damage(entries: bytes, message: str) -> None:
    kinds = {
        0x15: (0x05, False, [(0x02, w.BLOCK), (0x38, w.UDATA)]),
        0x16: (0x05, False, [(0x03, w.STRING)]),
        0x17: (0x05, False, [(0x03, 0x7F)]),
    }
    small = Small(kinds=kinds)
    good = small.sections(small.code(FUNCTION, 0x1000, 0x1300), END)
    raw = small.style.unit(small.first() + entries)
    locations, warnings = found_with_warnings(replace(good, info=raw), 0x1000)
    assert locations == [None]
    assert len(warnings) == 1
    assert warnings[0].startswith(".debug_info at byte 0: ")
    assert message in warnings[0]


def test_a_function_without_an_end() -> None:
    small = Small()
    good = small.sections()
    call = small.code(INLINED, 0x1000, 0x1010, 2, 5)
    body = small.first() + small.code(FUNCTION, 0x1000, 0x1100) + call
    locations, warnings = found_with_warnings(replace(good, info=small.style.unit(body)), 0x1000)
    assert locations == [None]
    assert "the entries of a function" in warnings[0]


def test_siblings_are_not_believed() -> None:
    """No entry is jumped over, so one that names a sibling before itself does no harm."""
    kinds = {OWN: (0x1D, True, [*PAIR, (0x58, w.DATA1), (0x59, w.DATA1), (0x01, w.REF4)])}
    for sibling in (0, 11, 0xFFFF_FFFF):
        small = Small(kinds=kinds)
        assert calls(small, small.entry(OWN, 0x1000, 16, 2, 5, sibling), END) == (OTHER, 5)


def test_deep_nesting() -> None:
    small = Small()
    depth = 20_000
    inside = small.code(INLINED, 0x1000, 0x1010, 2, 5) * depth + END * depth
    assert calls(small, inside) == (OTHER, 5)
    blocks = small.code(BLOCK, 0x1000, 0x1010) * depth
    call = small.code(INLINED, 0x1000, 0x1010, 2, 6) + END
    assert calls(small, blocks, call, END * depth) == (OTHER, 6)


def test_functions_in_functions_without_measure() -> None:
    """Each would be walked through for its own call, together with all those inside."""
    small = Small()
    parts, addresses = [], []
    for i in range(400):
        begin = 0x1000 + i
        parts.append(small.code(FUNCTION, begin, begin + 1))
        parts.append(small.code(INLINED, begin, begin + 1, 2, 5) + END)
        addresses.append(begin)
    locations, warnings = found_with_warnings(small.sections(*parts, END * 400), *addresses)
    assert locations == [None] * 400
    assert "data that is referred to many times" in warnings[0]
    few = small.sections(*parts[:20], END * 10)
    assert found(few, *addresses[:10]) == [(OTHER, 5)] * 10
