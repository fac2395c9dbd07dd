"""Writes the parts of DWARF byte by byte: abbreviations, entries, units, line number programs.

It shares nothing with the reader: numbers of the standard are written out where they are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Value = int | bytes
Attributes = Sequence[tuple[int, int]]

ADDR, BLOCK2, BLOCK4, DATA2, DATA4, DATA8, STRING, BLOCK, BLOCK1, DATA1 = 1, *range(3, 12)
FLAG, SDATA, STRP, UDATA, REF_ADDR, REF1, REF2, REF4, REF8, REF_UDATA = range(12, 22)
INDIRECT, SEC_OFFSET, EXPRLOC, FLAG_PRESENT, STRX, ADDRX, REF_SUP4, STRP_SUP = range(22, 30)
DATA16, LINE_STRP, REF_SIG8, IMPLICIT_CONST, LOCLISTX, RNGLISTX, REF_SUP8 = range(30, 37)
STRX1, STRX2, STRX3, STRX4, ADDRX1, ADDRX2, ADDRX3, ADDRX4 = range(37, 45)
GNU_ADDR_INDEX, GNU_STR_INDEX, GNU_REF_ALT, GNU_STRP_ALT = 0x1F01, 0x1F02, 0x1F20, 0x1F21

_SIZES = {
    **dict.fromkeys((DATA1, FLAG, REF1, STRX1, ADDRX1), 1),
    **dict.fromkeys((DATA2, REF2, STRX2, ADDRX2), 2),
    **dict.fromkeys((STRX3, ADDRX3), 3),
    **dict.fromkeys((DATA4, REF4, REF_SUP4, STRX4, ADDRX4), 4),
    **dict.fromkeys((DATA8, REF8, REF_SUP8, REF_SIG8), 8),
    **dict.fromkeys((FLAG_PRESENT, IMPLICIT_CONST), 0),
    DATA16: 16,
}
_LEBS = (UDATA, REF_UDATA, STRX, ADDRX, LOCLISTX, RNGLISTX, GNU_ADDR_INDEX, GNU_STR_INDEX)
_OFFSETS = (SEC_OFFSET, STRP, STRP_SUP, LINE_STRP, REF_ADDR, GNU_REF_ALT, GNU_STRP_ALT)
_BLOCKS = {BLOCK1: 1, BLOCK2: 2, BLOCK4: 4}


def uleb(value: int) -> bytes:
    """Returns an unsigned LEB128 number."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def sleb(value: int) -> bytes:
    """Returns a signed LEB128 number."""
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value & 127)
    return bytes(out)


@dataclass(frozen=True)
class Style:
    """How debug information is written; the defaults are those of gcc on x86_64.

    Attributes:
      sibling: whether entries with children state where the next one is.
      indexed: whether strings, addresses and range lists are given by index (DWARF 5).
    """

    version: int = 5
    offset_size: int = 4
    address_size: int = 8
    order: Literal["little", "big"] = "little"
    sibling: bool = True
    indexed: bool = False

    def number(self, size: int, value: int) -> bytes:
        """Returns a number of that many bytes."""
        return value.to_bytes(size, self.order)

    def address(self, value: int) -> bytes:
        """Returns an address."""
        return value.to_bytes(self.address_size, self.order)

    def offset(self, value: int) -> bytes:
        """Returns an offset into a section."""
        return value.to_bytes(self.offset_size, self.order)

    def sized(self, content: bytes) -> bytes:
        """Returns a unit of any section: its length, and its content."""
        escape = b"\xff\xff\xff\xff" if self.offset_size == 8 else b""
        return escape + self.offset(len(content)) + content

    def value(self, form: int, value: Value) -> bytes:
        """Returns an attribute value."""
        if isinstance(value, bytes):
            return self._bytes(form, value)
        if form == ADDR:
            return self.address(value)
        if form in _SIZES:
            return self.number(_SIZES[form], value) if _SIZES[form] else b""
        if form in _LEBS:
            return uleb(value)
        if form == SDATA:
            return sleb(value)
        if form == REF_ADDR and self.version == 2:
            return self.address(value)
        assert form in _OFFSETS, form
        return self.offset(value)

    def _bytes(self, form: int, value: bytes) -> bytes:
        if form == STRING:
            return value + b"\0"
        if form in (EXPRLOC, BLOCK):
            return uleb(len(value)) + value
        if form in _BLOCKS:
            return self.number(_BLOCKS[form], len(value)) + value
        assert form == INDIRECT, form
        return value

    def entry(self, code: int, attributes: Attributes, values: Sequence[Value]) -> bytes:
        """Returns an entry of these attributes, without its children."""
        return uleb(code) + b"".join(
            self.value(form, value) for (_, form), value in zip(attributes, values, strict=True)
        )

    def unit(self, entries: bytes, kind: int = 1, table: int = 0, more: bytes = b"") -> bytes:
        """Returns a unit of `.debug_info`; `kind` and `more` are of DWARF 5."""
        head = self.number(2, self.version)
        if self.version >= 5:
            head += bytes([kind, self.address_size]) + self.offset(table) + more
        else:
            head += self.offset(table) + bytes([self.address_size])
        return self.sized(head + entries)

    @property
    def unit_head(self) -> int:
        """Bytes before the first entry of a unit without `more`."""
        return len(self.unit(b""))


def abbreviation(code: int, tag: int, children: bool, attributes: Attributes) -> bytes:
    """Returns an abbreviation; that of an implicit constant has the value in the name's place."""
    raw = uleb(code) + uleb(tag) + bytes([children])
    for name, form in attributes:
        raw += uleb(name & 0xFFFF) + uleb(form)
        if form == IMPLICIT_CONST:
            raw += sleb(name >> 16)
    return raw + b"\0\0"


def line_unit(
    style: Style, dirs: Sequence[bytes], files: Sequence[tuple[bytes, int]], program: bytes
) -> bytes:
    """Returns a unit of `.debug_line`.

    Args:
      style: how to write it.
      dirs: directories; the first is that of the compilation, which is stated in DWARF 5 only.
      files: name and directory; from 0 in DWARF 5, else the first is left out.
      program: its opcodes.
    """
    head = bytes([1, 1]) if style.version >= 4 else bytes([1])
    head += bytes([1, 256 - 5, 14, 13]) + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
    if style.version >= 5:
        head += bytes([1]) + uleb(1) + uleb(STRING) + uleb(len(dirs))
        head += b"".join(one + b"\0" for one in dirs)
        head += bytes([2]) + uleb(1) + uleb(STRING) + uleb(2) + uleb(UDATA) + uleb(len(files))
        head += b"".join(name + b"\0" + uleb(number) for name, number in files)
    else:
        head += b"".join(one + b"\0" for one in dirs[1:]) + b"\0"
        for name, number in files[1:]:
            head += name + b"\0" + uleb(number) + b"\0\0"
        head += b"\0"
    start = style.number(2, style.version)
    if style.version >= 5:
        start += bytes([style.address_size, 0])
    return style.sized(start + style.offset(len(head)) + head + program)


def sequence(style: Style, rows: Iterable[tuple[int, int, int]], end: int) -> bytes:
    """Returns the opcodes of a sequence of rows (address, file, line), as gcc chooses them."""
    out = bytearray()
    at, file, line = -1, 1, 1
    for address, row_file, row_line in rows:
        if at < 0:
            out += b"\0" + uleb(1 + style.address_size) + b"\2" + style.address(address)
            at = address
        if row_file != file:
            out += b"\4" + uleb(row_file)
        out += b"\5\7"  # a column
        lines, step = row_line - line, address - at
        special = lines + 5 + 14 * step + 13
        if -5 <= lines < 9 and special < 256:
            out += bytes([special])
        else:
            out += b"\3" + sleb(lines)
            out += b"\2" + uleb(step) if step else b""
            out += b"\1"
        at, file, line = address, row_file, row_line
    out += b"\2" + uleb(end - at) + b"\0\1\1"
    return bytes(out)
