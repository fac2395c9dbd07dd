"""The header of a line number program: its parameters, and its tables of directories and files.

Format: DWARF 4, 6.2.4; DWARF 5, 6.2.4. The files of DWARF 5 are counted from 0, older ones
from 1, where the file 0 is that of the unit.
"""

from __future__ import annotations

from typing import NamedTuple

from rules_codspeed.harvest.dwarf import constants as c
from rules_codspeed.harvest.dwarf.damage import CUT_SHORT, Damage
from rules_codspeed.harvest.dwarf.forms import Encoding, read_value
from rules_codspeed.harvest.dwarf.leb128 import read_uleb
from rules_codspeed.harvest.dwarf.sections import Buffer, Sections
from rules_codspeed.harvest.dwarf.units import initial_length

SECTION = ".debug_line"

_MOST_FILES = 1 << 18  # of a unit
_FORMS = frozenset(
    (
        c.DW_FORM_block1,
        c.DW_FORM_block2,
        c.DW_FORM_block4,
        c.DW_FORM_block,
        c.DW_FORM_data1,
        c.DW_FORM_data2,
        c.DW_FORM_data4,
        c.DW_FORM_data8,
        c.DW_FORM_data16,
        c.DW_FORM_udata,
        c.DW_FORM_sdata,
        c.DW_FORM_flag,
        c.DW_FORM_sec_offset,
        c.DW_FORM_string,
        c.DW_FORM_strp,
        c.DW_FORM_strp_sup,
        c.DW_FORM_GNU_strp_alt,
        c.DW_FORM_line_strp,
        c.DW_FORM_strx,
        c.DW_FORM_GNU_str_index,
        c.DW_FORM_strx1,
        c.DW_FORM_strx2,
        c.DW_FORM_strx3,
        c.DW_FORM_strx4,
    )
)
_NUMBERS = frozenset(
    (c.DW_FORM_data1, c.DW_FORM_data2, c.DW_FORM_data4, c.DW_FORM_data8, c.DW_FORM_udata)
)


class Text(NamedTuple):
    """A string of a table: form and value of its attribute."""

    form: int
    value: int | bytes


class File(NamedTuple):
    """A row of the table of files: its name, and the index of its directory."""

    name: Text
    directory: int


class LineHeader(NamedTuple):
    """The content of the header.

    Attributes:
      start: of the program in the section, in bytes.
      end: of the program.
      least_length: bytes of the shortest instruction of the machine.
      operations: how many operations an instruction of the machine can have.
      line_base: least number of lines that a special opcode advances.
      line_range: how many different line advances special opcodes have.
      opcode_base: the first special opcode.
      lengths: number of operands of opcode 1, 2, …
      directories: the first one is the compilation directory in DWARF 5, and the first
        of the others before.
      files: likewise.
    """

    encoding: Encoding
    start: int
    end: int
    least_length: int
    operations: int
    line_base: int
    line_range: int
    opcode_base: int
    lengths: bytes
    directories: list[Text]
    files: list[File]


def read_line_header(sections: Sections, offset: int, address_size: int) -> LineHeader:
    """Reads a header.

    Args:
      sections: of the file.
      offset: of the header in `.debug_line`.
      address_size: bytes of an address in the unit; DWARF 5 states it in the header.

    Raises:
      Damage: it cannot be read.
    """
    try:
        return _read(sections, offset, address_size)
    except CUT_SHORT as error:
        raise Damage(SECTION, offset, str(error), "a line number program") from None


def _read(sections: Sections, offset: int, address_size: int) -> LineHeader:
    line, order = sections.line, sections.order
    if offset >= len(line):
        raise ValueError(f"a section of {len(line)} bytes")
    length, offset_size, pos = initial_length(line, offset, order)
    end = pos + length
    if end > len(line):
        raise ValueError(f"a program of {length} bytes")
    version = _number(line, pos, 2, end, order == "little")
    pos += 2
    if not 2 <= version <= 5:
        raise ValueError(f"version {version}")
    if version == 5:
        address_size, segments = line[pos], line[pos + 1]
        pos += 2
        if address_size not in (1, 2, 4, 8) or segments:
            raise ValueError(f"addresses of {address_size} bytes, segments of {segments}")
    start = _number(line, pos, offset_size, end, order == "little") + pos + offset_size
    pos += offset_size
    if start > end:
        raise ValueError(f"a header up to byte {start}")
    encoding = Encoding(version, offset_size, address_size, order)
    return _parse(bytes(line[pos:start]), encoding, start, end)


def _parse(head: bytes, encoding: Encoding, start: int, end: int) -> LineHeader:
    """Parses the part of a header whose length the header states."""
    at = 2 if encoding.version >= 4 else 1
    least_length, operations = head[0], head[1] if at == 2 else 1
    line_base = head[at + 1] - (head[at + 1] >> 7 << 8)
    line_range, opcode_base = head[at + 2], head[at + 3]
    if not least_length or not operations or not line_range or not opcode_base:
        raise ValueError("a parameter of 0")
    pos = at + 3 + opcode_base
    lengths = head[at + 4 : pos]
    if pos > len(head):
        raise ValueError("a header that is too short for the lengths of its opcodes")
    if encoding.version >= 5:
        rows, pos = _table(head, pos, encoding)
        directories = [row.name for row in rows]
        files, pos = _table(head, pos, encoding)
    else:
        directories, pos = _old_directories(head, pos)
        files = _old_files(head, pos)
    return LineHeader(
        encoding,
        start,
        end,
        least_length,
        operations,
        line_base,
        line_range,
        opcode_base,
        lengths,
        directories,
        files,
    )


def _number(data: Buffer, pos: int, size: int, end: int, little: bool) -> int:
    if pos + size > end:
        raise ValueError("a header behind the end")
    return int.from_bytes(data[pos : pos + size], "little" if little else "big")


def _old_directories(head: bytes, pos: int) -> tuple[list[Text], int]:
    found: list[Text] = []
    while head[pos]:
        end = head.index(0, pos)
        found.append(Text(c.DW_FORM_string, head[pos:end]))
        pos = end + 1
        check_size(found)
    return found, pos + 1


def _old_files(head: bytes, pos: int) -> list[File]:
    found: list[File] = []
    while head[pos]:
        file, pos = read_old_file(head, pos)
        found.append(file)
        check_size(found)
    return found


def read_old_file(data: bytes, pos: int) -> tuple[File, int]:
    """Reads a file of a table before DWARF 5; returns it and the position behind it.

    Raises:
      IndexError: the data ends before that.
      ValueError: the name has no end.
    """
    end = data.index(0, pos)
    directory, after = read_uleb(data, end + 1)
    _, after = read_uleb(data, after)  # time
    _, after = read_uleb(data, after)  # size
    return File(Text(c.DW_FORM_string, data[pos:end]), directory), after


def _table(head: bytes, pos: int, encoding: Encoding) -> tuple[list[File], int]:
    """Reads a table of DWARF 5, which begins with the forms of its columns."""
    columns: list[tuple[int, int]] = []
    width = head[pos]
    pos += 1
    for _ in range(width):
        content, pos = read_uleb(head, pos)
        form, pos = read_uleb(head, pos)
        columns.append((content, form))
    if sum(content == c.DW_LNCT_path for content, _ in columns) != 1:
        raise ValueError("a table without names")
    if any(form not in _FORMS for _, form in columns):
        raise ValueError(f"a table of forms {columns}")
    count, pos = read_uleb(head, pos)
    found: list[File] = []
    for _ in range(count):
        name, directory = Text(0, 0), 0
        for content, form in columns:
            value, pos = read_value(head, pos, form, encoding)
            if content == c.DW_LNCT_path:
                name = Text(form, value)
            elif content == c.DW_LNCT_directory_index and form in _NUMBERS:
                directory = value if isinstance(value, int) else 0
        found.append(File(name, directory))
        check_size(found)
    return found, pos


def check_size(table: list[Text] | list[File]) -> None:
    """Bounds a table.

    Raises:
      ValueError: it is too long.
    """
    if len(table) > _MOST_FILES:
        raise ValueError(f"more than {_MOST_FILES} files")
