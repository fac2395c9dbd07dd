"""Line number programs: each opcode, sequences, tombstones, files, damage."""

from __future__ import annotations

import pytest

from rules_codspeed.harvest.dwarf.damage import Damage
from rules_codspeed.harvest.dwarf.line_header import LineHeader, read_line_header
from rules_codspeed.harvest.dwarf.line_program import run_program
from rules_codspeed.harvest.dwarf.line_rows import Row
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style

FOUR = Style(4)
TOP = 0xFFFF_FFFF_FFFF_FFFF


def header_of(style: Style, program: bytes, operations: int = 1, least: int = 1) -> LineHeader:
    raw = w.line_unit(style, [b"/build"], [(b"m.c", 0), (b"m.c", 0)], program)
    header = read_line_header(Sections(order=style.order, line=raw), 0, style.address_size)
    return header._replace(operations=operations, least_length=least)


def run(program: bytes, *wanted: int, style: Style = FOUR, operations: int = 1) -> dict[int, Row]:
    header = header_of(style, program, operations, 1 if operations == 1 else 16)
    return run_program(program, header, sorted(wanted)).result()


def at(address: int, style: Style = FOUR) -> bytes:
    return b"\0" + w.uleb(1 + style.address_size) + b"\2" + style.address(address)


END = b"\0\1\1"
COPY = b"\1"
# Special opcodes here: 13 + (lines + 5) + 14 * bytes.
NEXT = bytes([13 + 5 + 1 + 14 * 4])  # the next line, 4 bytes further


def test_rows_hold_up_to_the_next() -> None:
    program = at(0x100) + NEXT + NEXT + b"\2\x08" + END
    assert run(program, 0x103, 0x104, 0x107, 0x108, 0x10B, 0x10C, 0x10F, 0x110) == {
        0x104: (1, 2), 0x107: (1, 2),
        0x108: (1, 3), 0x10B: (1, 3), 0x10C: (1, 3), 0x10F: (1, 3),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("opcodes", "address", "row"),
    [
        (b"\3\x05", 0x100, (1, 6)),
        (b"\3\x80\1", 0x100, (1, 129)),
        (b"\3\x7f\3\x7f", 0x100, (1, 0)),
        (b"\3\x09\3\x7e", 0x100, (1, 8)),
        (b"\3\x7d" + bytes([13 + 6]), 0x100, (1, 1)),
        (bytes([13]), 0x100, (1, 0)),
        (b"\2\x05", 0x105, (1, 1)),
        (b"\2\x80\1", 0x180, (1, 1)),
        (b"\4\2", 0x100, (2, 1)),
        (b"\4\x80\1", 0x100, (128, 1)),
        (b"\5\x80\1\6\7\x0a\x0b\x0c\x81\0", 0x100, (1, 1)),
        (b"\x08", 0x100 + (255 - 13) // 14, (1, 1)),
        (b"\x09\x10\x01", 0x210, (1, 1)),
        (b"\0\2\4\5", 0x100, (1, 1)),
        (b"\0\3\x80ab", 0x100, (1, 1)),
    ],
)
def test_opcodes(opcodes: bytes, address: int, row: tuple[int, int]) -> None:
    program = at(0x100) + opcodes + COPY + b"\2\1" + END
    assert run(program, address - 1, address, address + 1) == {address: row}


def test_the_constant_advance_is_that_of_the_last_opcode() -> None:
    program = at(0x100) + b"\x08" + COPY + b"\2\1" + END
    # One more than the last opcode would be an instruction more.
    header = header_of(FOUR, program)._replace(line_range=9)
    address = 0x100 + (255 - 13) // 9
    assert run_program(program, header, [address - 1, address]).result() == {address: (1, 1)}


def test_other_byte_order_and_width() -> None:
    style = Style(3, 8, 4, "big")
    program = at(0x100, style) + b"\x09\x00\x02" + NEXT + b"\2\1" + END
    assert run(program, 0x105, 0x106, style=style) == {0x106: (1, 2)}


def test_opcodes_of_later_versions_are_skipped() -> None:
    program = at(0x100) + b"\x0d\x81\1\x02" + COPY + b"\2\1" + END
    header = header_of(FOUR, program)
    header = header._replace(opcode_base=14, lengths=header.lengths + b"\2")
    assert run_program(program, header, [0x100]).result() == {0x100: (1, 1)}


def test_machines_of_several_operations() -> None:
    # 16 bytes of 3 operations each: 4 operations are one instruction, and one operation.
    program = at(0x100) + COPY + b"\2\4" + COPY + NEXT + b"\2\2" + END
    expected = {0x100: (1, 1), 0x110: (1, 1), 0x11F: (1, 1), 0x120: (1, 2), 0x12F: (1, 2)}
    assert run(program, *expected, 0x130, operations=3) == expected


def test_the_last_row_of_an_address_counts() -> None:
    program = at(0x100) + COPY + b"\3\x06\4\2" + COPY + b"\3\1" + b"\2\4" + COPY + b"\2\4" + END
    assert run(program, 0x100, 0x103, 0x104) == {0x100: (2, 7), 0x103: (2, 7), 0x104: (2, 8)}


def test_registers_start_anew_in_a_sequence() -> None:
    first = at(0x200) + b"\4\3\3\x20" + COPY + b"\2\x10" + END
    second = at(0x100) + COPY + b"\2\x10" + END
    assert run(first + second, 0x100, 0x200, 0x110) == {0x100: (1, 1), 0x200: (3, 33)}


def test_the_sequence_that_begins_last_counts() -> None:
    def one(begin: int, size: int, line: int) -> bytes:
        return at(begin) + b"\3" + w.sleb(line - 1) + COPY + b"\2" + w.uleb(size) + END

    long, short = one(0x100, 0x100, 5), one(0x140, 0x10, 6)
    for program in (long + short, short + long):
        # Behind the short one there is nothing, although the long one covers it.
        assert run(program, 0x100, 0x140, 0x150) == {0x100: (1, 5), 0x140: (1, 6)}
    assert run(one(0x100, 8, 1) + one(0x100, 8, 2), 0x104) == {0x104: (1, 2)}


@pytest.mark.parametrize("address", [0, 0xFF, TOP - 1, TOP])
def test_dropped_code(address: int) -> None:
    """Linkers write an address that is lower than the one before, or one of the highest."""
    program = at(0x100) + NEXT + at(address) + b"\3\x07" + NEXT + at(0x200) + NEXT + b"\2\4" + END
    rows = run(program, 0x104, 0x1FF, 0x200, 0x204)
    assert rows == {0x104: (1, 2), 0x1FF: (1, 2), 0x200: (1, 2), 0x204: (1, 11)}
    # A sequence that is dropped as a whole leaves nothing.
    if address >= TOP - 1:
        assert run(at(address) + NEXT + b"\2\4" + END + at(0x100) + NEXT + NEXT + END, 0x104) == {
            0x104: (1, 2)
        }


def test_a_sequence_at_0_is_kept() -> None:
    assert run(at(0) + NEXT + NEXT + END, 0, 4) == {4: (1, 2)}


def test_a_program_without_an_end() -> None:
    rows = run_program(at(0x100) + NEXT + NEXT, header_of(FOUR, b""), [0x104])
    assert rows.result() == {}
    assert rows.sequences == []


def test_define_file() -> None:
    program = b"\0\7\3x.h\0\1\0\0"[:1] + b"\x08\3x.h\0\1\0\0"
    header = header_of(FOUR, program)
    run_program(program, header, [])
    assert header.files[-1] == ((w.STRING, b"x.h"), 1)
    newer = header_of(Style(5), program)
    run_program(program, newer, [])
    assert len(newer.files) == 2


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (b"\3\x80", "a line number program"),
        (b"\4", "a line number program"),
        (b"\5\x80", "a line number program"),
        (b"\0\5\2\1", "an opcode of 5 bytes"),
        (b"\0\0", "an opcode of 0 bytes"),
        (b"\0\3\2\1\2", "an address of 2 bytes"),
        (b"\0\2\3x", "a line number program"),
        (b"\x09\1", "an opcode behind the end"),
        (at(TOP - 5) + b"\2\x10", "the address"),
        (at(TOP - 5) + NEXT + NEXT + END, "the address"),
        (b"\2" + b"\x80" * 20 + b"\0", "LEB128"),
    ],
)
def test_damage(program: bytes, message: str) -> None:
    with pytest.raises(Damage) as caught:
        run(program, 0x100)
    assert message in str(caught.value)
    assert caught.value.section == ".debug_line"


def test_sequences_that_overlap_without_measure() -> None:
    one = at(0) + COPY + b"\2" + w.uleb(1 << 20) + END
    with pytest.raises(Damage, match="sequences that overlap instead of disjoint ones"):
        run(one * 200, *range(1, 100_000, 100))


def test_more_sequences_than_code() -> None:
    with pytest.raises(Damage, match="more than 1048576 sequences"):
        run(b"\1\0\1\1" * 1_048_600, 5)
