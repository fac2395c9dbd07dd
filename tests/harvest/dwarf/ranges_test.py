"""Lists of ranges of both formats, with base addresses, tombstones and damage."""

from __future__ import annotations

import pytest

from rules_codspeed.harvest.dwarf.damage import Damage
from rules_codspeed.harvest.dwarf.forms import Encoding
from rules_codspeed.harvest.dwarf.ranges import Range, RangeBudgets, UnitRanges
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style

OLD, NEW = Style(4), Style(5)
TOP = 0xFFFF_FFFF_FFFF_FFFF


def unit(style: Style, data: bytes, base: int = 0, addresses: bytes = b"") -> UnitRanges:
    new = style.version >= 5
    sections = Sections(
        order=style.order,
        ranges=b"" if new else data,
        rnglists=data if new else b"",
        addr=addresses,
    )
    encoding = Encoding(style.version, style.offset_size, style.address_size, style.order)
    return UnitRanges(sections, RangeBudgets.of(sections), encoding, base, 0, 0)


def old(*pairs: tuple[int, int], style: Style = OLD) -> bytes:
    return b"".join(style.address(a) + style.address(b) for a, b in pairs)


@pytest.mark.parametrize("style", [OLD, Style(2, 4, 4, "big"), Style(3, 8, 8, "big")], ids=str)
def test_old_lists(style: Style) -> None:
    top = (1 << 8 * style.address_size) - 1
    data = old(
        (0x10, 0x20), (0x30, 0x30), (0x50, 0x40), (top, 0x1000), (1, 2), (top, top - 1), (3, 4),
        (top, 0), (top - 1, top), (5, 6), (0, 0), (7, 8), style=style,
    )  # fmt: skip
    expected = [(0x110, 0x120), (0x1001, 0x1002), (5, 6)]
    assert unit(style, b"xxx" + data, base=0x100).listed(3) == expected


def new_vectors() -> list[tuple[bytes, list[Range]]]:
    address = NEW.address
    return [
        (b"\4\x10\x20\4\x80\1\x81\1\0\4\1\2", [(0x110, 0x120), (0x180, 0x181)]),
        (b"\5" + address(0x5000) + b"\4\1\2\0", [(0x5001, 0x5002)]),
        (b"\1\1\4\1\2\0", [(0x2001, 0x2002)]),
        (b"\2\0\1\0", [(0x1000, 0x2000)]),
        (b"\3\1\x05\0", [(0x2000, 0x2005)]),
        (b"\6" + address(7) + address(9) + b"\0", [(7, 9)]),
        (b"\7" + address(7) + b"\3\0", [(7, 10)]),
        # What was dropped: empty, backwards, at a tombstone, relative to one.
        (b"\6" + address(9) + address(7) + b"\4\5\5\0", []),
        (b"\6" + address(TOP - 1) + address(TOP) + b"\7" + address(TOP) + b"\3\0", []),
        (b"\5" + address(TOP) + b"\4\1\2\0", []),
        # A list may end with its section.
        (b"\4\1\2", [(0x101, 0x102)]),
        (b"", []),
    ]


@pytest.mark.parametrize(("data", "expected"), new_vectors())
def test_new_lists(data: bytes, expected: list[Range]) -> None:
    addresses = NEW.address(0x1000) + NEW.address(0x2000)
    assert unit(NEW, data, base=0x100, addresses=addresses).listed(0) == expected


@pytest.mark.parametrize(
    ("style", "data", "offset", "message"),
    [
        (OLD, b"abc", 0, "a list of ranges"),
        (OLD, b"", 1, "a section of 0 bytes"),
        (NEW, b"\x08\0", 0, "an entry of kind 0x8"),
        (NEW, b"\4\1", 0, "a list of ranges"),
        (NEW, b"\6\1\2", 0, "a list of ranges"),
        (NEW, b"\4" + b"\x80" * 99 + b"\0\0", 0, "LEB128"),
        (NEW, b"\2\0\1\0", 0, ".debug_addr at byte 0: 0 bytes instead of an address"),
    ],
)
def test_damage(style: Style, data: bytes, offset: int, message: str) -> None:
    with pytest.raises(Damage) as caught:
        unit(style, data).listed(offset)
    assert message in str(caught.value)


def test_a_list_that_is_too_long() -> None:
    endless = old((1, 2)) * 600_000
    with pytest.raises(Damage, match="524289 ranges instead of at most 524288"):
        unit(OLD, endless).listed(0)


def test_a_list_that_everything_refers_to() -> None:
    ranges = unit(OLD, old((1, 2)) * 10_000)
    times = 0

    def ask() -> None:
        nonlocal times
        while times < 100:
            assert len(ranges.listed(0)) == 10_000
            times += 1

    with pytest.raises(Damage, match="referred to many times"):
        ask()
    assert times > 5


def test_pairs() -> None:
    ranges = unit(NEW, b"", addresses=NEW.address(0x1000) + NEW.address(0x2000))
    assert ranges.of_entry(5, (w.DATA4, 3), None) == [(5, 8)]
    assert ranges.of_entry(5, (w.ADDR, 9), None) == [(5, 9)]
    assert ranges.of_entry(5, (w.ADDRX, 1), None) == [(5, 0x2000)]
    assert ranges.of_entry(TOP, (w.DATA1, 3), None) == []
    assert ranges.of_entry(5, (w.SDATA, -1), None) == []
    assert ranges.of_entry(5, (w.STRP, 9), None) == []
    assert ranges.of_entry(None, (w.DATA4, 3), None) == []
    assert ranges.of_entry(5, None, None) == []
    assert ranges.resolve(w.GNU_ADDR_INDEX, 1) == 0x2000
    assert ranges.resolve(w.DATA8, 1) is None


def test_lists_count_more_than_pairs() -> None:
    data = NEW.offset(8) + NEW.offset(12) + b"\4\1\2\0" + b"\4\3\4\0"
    ranges = unit(NEW, data)
    assert ranges.of_entry(5, (w.DATA4, 3), (w.SEC_OFFSET, 8)) == [(1, 2)]
    assert ranges.of_entry(5, (w.DATA4, 3), (w.DATA4, 8)) == [(1, 2)]
    assert ranges.of_entry(5, (w.DATA4, 3), (w.RNGLISTX, 1)) == [(3, 4)]
    assert ranges.of_entry(5, (w.DATA4, 3), (w.UDATA, 8)) == [(5, 8)]
    with pytest.raises(Damage, match="an offset"):
        ranges.of_entry(5, (w.DATA4, 3), (w.RNGLISTX, 9))
