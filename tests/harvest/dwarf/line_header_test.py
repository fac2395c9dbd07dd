"""Headers of line number programs, and the paths that come out of their tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules_codspeed.harvest.dwarf.damage import Damage
from rules_codspeed.harvest.dwarf.files import joined
from rules_codspeed.harvest.dwarf.line_header import read_line_header
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style
from tests.harvest.dwarf.units import BARE, FUNCTION, Small, found, found_with_warnings

DIRS = [b"/build", b"inc", b"/usr/include"]
FILES = [(b"zero.c", 0), (b"one.c", 0), (b"two.h", 1), (b"three.h", 2), (b"/four.h", 1), (b"x", 9)]


def path_of(style: Style, file: int) -> str | None:
    """Returns the path of a file of a row."""
    small = Small(style)
    program = w.sequence(style, [(0x1000, file, 7)], 0x1300)
    table = w.line_unit(style, DIRS, FILES, program)
    sections = replace(small.sections(small.code(FUNCTION, 0x1000, 0x1300), b"\0"), line=table)
    location = found(sections, 0x1000)[0]
    return location.file if location else None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (0, "/build/main.c", "/build/zero.c"),
        (1, "/build/one.c", "/build/one.c"),
        (2, "/build/inc/two.h", "/build/inc/two.h"),
        (3, "/usr/include/three.h", "/usr/include/three.h"),
        (4, "/four.h", "/four.h"),
        (5, "/build/x", "/build/x"),
        (6, None, None),
        (1 << 60, None, None),
    ],
)
def test_files_of_rows(file: int, old: str | None, new: str | None) -> None:
    for version in (2, 3, 4):
        assert path_of(Style(version), file) == old
    assert path_of(Style(5), file) == new


def test_without_name_and_directory() -> None:
    small = Small(
        kinds={BARE: (0x11, True, [(0x10, w.SEC_OFFSET), (0x11, w.ADDR), (0x12, w.DATA8)])}
    )
    sections = small.sections(first=small.entry(BARE, 0, 0x1000, 0x300))
    table = w.line_unit(
        small.style,
        DIRS,
        FILES,
        w.sequence(small.style, [(0x1000, 0, 7), (0x1010, 1, 8), (0x1020, 2, 0)], 0x1300),
    )
    assert found(replace(sections, line=table), 0x1000, 0x1010, 0x1020) == [
        ("", 7),
        ("one.c", 8),
        ("inc/two.h", None),
    ]


@pytest.mark.parametrize(
    ("start", "path", "expected"),
    [
        ("/a", "b.c", "/a/b.c"),
        ("/a/", "b.c", "/a/b.c"),
        ("", "b.c", "b.c"),
        ("/a", "/b.c", "/b.c"),
        ("C:\\a", "b.c", "C:\\a\\b.c"),
        ("/a", "C:\\b.c", "C:\\b.c"),
        ("/a", "C:/b.c", "C:/b.c"),
        ("\\a", "b", "\\a\\b"),
        ("/a", "", "/a/"),
    ],
)
def test_joined(start: str, path: str, expected: str) -> None:
    assert joined(start, path) == expected


def test_names_that_are_not_utf_8() -> None:
    small = Small()
    sections = small.sections(first=small.entry(1, b"m\xff.c", b"/b\xc3", 0, 0x1000, 0x300))
    table = w.line_unit(small.style, DIRS, FILES, w.sequence(small.style, [(0x1000, 0, 7)], 0x1300))
    assert found(replace(sections, line=table), 0x1000) == [("/b\ufffd/m\ufffd.c", 7)]


def five(columns: bytes, rows: bytes) -> bytes:
    """Returns a table of DWARF 5 whose directories and files have these columns and rows."""
    style = Style(5)
    head = bytes([1, 1, 1, 251, 14, 13]) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    head += columns + rows + columns + rows
    return style.sized(style.number(2, 5) + b"\x08\0" + style.offset(len(head)) + head)


def test_columns_of_all_kinds() -> None:
    columns = [
        (5, w.DATA16),
        (2, w.DATA2),
        (1, w.LINE_STRP),
        (3, w.UDATA),
        (4, w.BLOCK),
        (9, w.DATA1),
    ]
    raw = bytes([len(columns)]) + b"".join(w.uleb(a) + w.uleb(b) for a, b in columns)
    row = bytes(16) + b"\2\0" + b"\5\0\0\0" + b"\x80\1" + b"\1x" + b"\7"
    header = read_line_header(Sections(line=five(raw, b"\2" + row + row)), 0, 4)
    assert header.files == [((w.LINE_STRP, 5), 2)] * 2
    assert header.directories == [(w.LINE_STRP, 5)] * 2
    assert header.encoding.address_size == 8


PATH = b"\1\1" + bytes([w.STRING])


def damaged(index: int, value: int) -> bytes:
    raw = bytearray(w.line_unit(Style(4), DIRS, FILES, b""))
    raw[index] = value
    return bytes(raw)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "a section of 0 bytes"),
        (b"\1\0\0", "a length behind the end"),
        (b"\xf5\xff\xff\xff\0\0\0\0", "the length 0xfffffff5"),
        (b"\x40\0\0\0\4\0", "a program of 64 bytes"),
        (damaged(4, 6), "version 6"),
        (damaged(4, 1), "version 1"),
        (damaged(7, 200), "a header up to byte"),
        (damaged(10, 0), "a parameter of 0"),
        (damaged(11, 0), "a parameter of 0"),
        (damaged(14, 0), "a parameter of 0"),
        (damaged(15, 0), "a parameter of 0"),
        (damaged(15, 255), "too short for the lengths"),
        (five(b"\0", b"\0"), "a table without names"),
        (five(b"\2" + PATH[1:] * 2, b"\0"), "a table without names"),
        (five(b"\1\1\x19", b"\1"), "a table of forms"),
        (five(PATH, b"\xff\xff\xff\x7fx\0"), "a line number program"),
        (five(PATH, b"\1x"), "a line number program"),
    ],
)
def test_damage(line: bytes, message: str) -> None:
    with pytest.raises(Damage) as caught:
        read_line_header(Sections(line=line), 0, 8)
    assert message in str(caught.value)
    assert str(caught.value).startswith(".debug_line at byte 0: ")


def test_more_files_than_sources() -> None:
    with pytest.raises(Damage, match="more than 262144 files"):
        read_line_header(Sections(line=five(PATH, w.uleb(300_000) + b"x\0" * 300_000)), 0, 8)


@pytest.mark.parametrize("offset", [w.uleb(3), b"\x80\x80\x80\x80\x08"])
def test_a_name_that_is_nowhere(offset: bytes) -> None:
    """Such a file has no path, which is reported, and the others are found."""
    small = Small(Style(5))
    columns = b"\1\1" + bytes([w.STRX])
    good = small.sections(small.code(FUNCTION, 0x1000, 0x1300), b"\0")
    program = w.sequence(small.style, [(0x1000, 1, 7)], 0x1300)
    raw = five(columns, b"\2" + offset * 2)
    raw = small.style.sized(raw[4:] + program)
    locations, warnings = found_with_warnings(replace(good, line=raw), 0x1000)
    assert locations == [None]
    assert "a name in no section" in warnings[0]
