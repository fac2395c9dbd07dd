"""Runs a line number program for the rows of some addresses (DWARF 5, 6.2.5)."""

from __future__ import annotations

from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Damage
from rules_codspeed.harvest.dwarf.leb128 import read_sleb, read_uleb, skip_leb
from rules_codspeed.harvest.dwarf.line_header import (
    SECTION,
    LineHeader,
    check_size,
    read_old_file,
)
from rules_codspeed.harvest.dwarf.line_rows import Rows
from rules_codspeed.harvest.dwarf.ranges import MASK64

_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE = 1, 2, 3, 4
_CONST_ADD_PC, _FIXED_ADVANCE_PC = 8, 9
_SKIPPED = (5, 12)  # DW_LNS_set_column, DW_LNS_set_isa
_WITHOUT_OPERANDS = (6, 7, 10, 11)  # flags of a row
_END_SEQUENCE, _SET_ADDRESS, _DEFINE_FILE = 1, 2, 3


def run_program(program: bytes, header: LineHeader, wanted: list[int]) -> Rows:
    """Runs a program to its end.

    Args:
      program: its bytes.
      header: its header; files that the program defines are added to it.
      wanted: addresses, ascending.

    Returns:
      The rows that cover these.

    Raises:
      Damage: the program cannot be run.
    """
    mask = (1 << 8 * header.encoding.address_size) - 1
    rows = Rows(wanted, mask, header.start)
    machine = _Machine(program, header, rows)
    try:
        machine.run()
    except CUT_SHORT as error:
        raise Damage(SECTION, header.start, str(error), "a line number program") from None
    return rows


class _Machine:
    """The registers that rare opcodes change."""

    __slots__ = ("_advances", "_data", "_header", "_lines", "_mask", "_op_index", "_rows")

    def __init__(self, data: bytes, header: LineHeader, rows: Rows) -> None:
        self._data = data
        self._header = header
        self._rows = rows
        self._mask = (1 << 8 * header.encoding.address_size) - 1
        self._op_index = 0
        base, width = header.opcode_base, header.line_range
        special = range(-base, 256 - base)
        self._advances = [one // width * header.least_length for one in special]
        self._lines = [header.line_base + one % width for one in special]

    def run(self) -> None:
        """Runs the program; the common opcodes are inlined here, since calls are slow."""
        data, rows, opcode_base = self._data, self._rows, self._header.opcode_base
        advances, lines, several = self._advances, self._lines, self._header.operations > 1
        address, file, line, dropped = 0, 1, 1, False
        row_file = row_line = 0
        limit = -1  # the first row of a sequence is passed on in any case
        pos, end = 0, len(data)
        while pos < end:
            opcode = data[pos]
            pos += 1
            if opcode >= opcode_base:
                line += lines[opcode]
                if line < 0:
                    line = 0
                if dropped:
                    continue
                if several:
                    address += self._advance((opcode - opcode_base) // self._header.line_range)
                else:
                    address += advances[opcode]
                if address > limit:
                    if limit < 0:
                        limit = rows.begin(address)
                    else:
                        limit = rows.go_on(address, row_file, row_line)
                row_file = file
                row_line = line
            elif opcode in _SKIPPED:
                while data[pos] > 127:
                    pos += 1
                pos += 1
            elif opcode in _WITHOUT_OPERANDS:
                pass
            elif opcode == _ADVANCE_LINE:
                more = data[pos]
                if more < 64:
                    line += more
                    pos += 1
                else:
                    more, pos = read_sleb(data, pos)
                    line = max(line + more, 0) & MASK64
            elif opcode == _COPY:
                if dropped:
                    continue
                if address > limit:
                    if limit < 0:
                        limit = rows.begin(address)
                    else:
                        limit = rows.go_on(address, row_file, row_line)
                row_file = file
                row_line = line
            elif opcode == 0:
                kind, pos, operand = self._extended(pos)
                if kind == _END_SEQUENCE:
                    if not dropped:
                        rows.end(address, row_file, row_line)
                        limit = -1
                    address, file, line, dropped = 0, 1, 1, False
                    self._op_index = 0
                elif kind == _SET_ADDRESS:
                    # Linkers put 0, -1 or -2 where code was dropped; addresses never go back.
                    dropped = operand < address or operand >= self._mask - 1
                    if not dropped:
                        address = operand
                        self._op_index = 0
            elif opcode == _SET_FILE:
                file, pos = read_uleb(data, pos)
            else:
                more, pos = self._rare(opcode, pos)
                if not dropped:
                    address += more
                    if address > self._mask:
                        raise ValueError(f"the address {address:#x}")
        if pos > end:
            raise ValueError("an opcode behind the end")

    def _extended(self, pos: int) -> tuple[int, int, int]:
        """Reads an extended opcode; returns it, the position behind it, and an address."""
        data = self._data
        length, pos = read_uleb(data, pos)
        end = pos + length
        if not length or end > len(data):
            raise ValueError(f"an opcode of {length} bytes")
        kind = data[pos]
        address = 0
        if kind == _SET_ADDRESS:
            size = self._header.encoding.address_size
            if length <= size:
                raise ValueError(f"an address of {length - 1} bytes")
            address = int.from_bytes(data[pos + 1 : pos + 1 + size], self._header.encoding.order)
        elif kind == _DEFINE_FILE and self._header.encoding.version < 5:
            self._header.files.append(read_old_file(data[pos + 1 : end], 0)[0])
            check_size(self._header.files)
        return kind, end, address

    def _rare(self, opcode: int, pos: int) -> tuple[int, int]:
        """Runs another opcode; returns what the address advances, and the position behind it."""
        header = self._header
        if opcode == _ADVANCE_PC:
            more, pos = read_uleb(self._data, pos)
            return self._advance(more), pos
        if opcode == _CONST_ADD_PC:
            return self._advance((255 - header.opcode_base) // header.line_range), pos
        if opcode == _FIXED_ADVANCE_PC:
            if pos + 2 > len(self._data):
                raise ValueError("an opcode behind the end")
            self._op_index = 0
            return int.from_bytes(self._data[pos : pos + 2], header.encoding.order), pos + 2
        for _ in range(header.lengths[opcode - 1]):
            pos = skip_leb(self._data, pos)
        return 0, pos

    def _advance(self, operations: int) -> int:
        """Returns by how many bytes a number of operations advances the address."""
        header = self._header
        if header.operations == 1:
            return (header.least_length * operations) & MASK64
        operations += self._op_index
        self._op_index = operations % header.operations
        return (header.least_length * (operations // header.operations)) & MASK64
