"""The tables of an ELF file's head, decoded by pyelftools. Format: System V ABI, chapters 4 and 5.

What is asked of it is bounded first: pyelftools believes the counts and names of a file.
"""

from __future__ import annotations

import mmap
from io import BytesIO
from typing import IO, NamedTuple, cast

from elftools.elf.constants import SHN_INDICES
from elftools.elf.elffile import ELFFile
from elftools.elf.structs import ELFStructs

from rules_codspeed.capture.elf.errors import ElfError
from rules_codspeed.capture.elf.parsing import damage, parse_table

# A linked image has some dozens; pyelftools takes about 20 µs for each of a hostile file.
_MOST_HEADERS = 1 << 14
_LONGEST_NAME = 255  # bytes of a section's name; no longer one is ever asked for


class Segment(NamedTuple):
    """A `PT_LOAD` program header: offset and size in the file in bytes, and the address."""

    offset: int
    vaddr: int
    filesz: int
    flags: int


class Section(NamedTuple):
    """A section header, with the name looked up.

    Its type is the name that the ABI gives it, such as `SHT_SYMTAB`; the number of one that
    pyelftools does not know.
    """

    name: str
    type: str | int
    flags: int
    addr: int
    offset: int
    size: int
    link: int
    info: int
    entsize: int
    addralign: int


class Tables(NamedTuple):
    """The decoded head of a file: program headers of type `PT_LOAD`, and all section headers.

    `structs` are pyelftools' structures for the width, byte order and machine of the file; the
    machine is a name such as `EM_X86_64`, or a number that pyelftools does not know.
    """

    structs: ELFStructs
    machine: str | int
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]


def read_tables(data: bytes | mmap.mmap, view: memoryview, name: str) -> Tables:
    """Decodes the head of a file.

    Args:
      data: the whole file.
      view: of the same.
      name: of the file in errors.

    Raises:
      ElfError: it is damaged.
    """
    # A mapping reads and seeks like a file, without a copy.
    stream = BytesIO(data) if isinstance(data, bytes) else cast(IO[bytes], data)
    with damage(name, 0, "the header of an ELF file"):
        elf = ELFFile(stream)
    sections = _sections(elf, view, name)
    return Tables(elf.structs, elf["e_machine"], _segments(elf, sections, view, name), sections)


def checked(data: memoryview, name: str, offset: int, size: int, what: str) -> memoryview:
    """Returns a part of a file; an error names what it should have been when it is not there."""
    if offset + size > len(data):
        raise ElfError(
            name, offset, f"a file of {len(data)} bytes", f"{what} of {size} bytes; truncated?"
        )
    return data[offset : offset + size]


def _segments(
    elf: ELFFile, sections: tuple[Section, ...], view: memoryview, name: str
) -> tuple[Segment, ...]:
    count = elf["e_phnum"] if elf["e_phoff"] else 0
    if count == SHN_INDICES.SHN_XINDEX and sections:  # PN_XNUM is the same number
        count = sections[0].info
    form, offset, what = elf.structs.Elf_Phdr, elf["e_phoff"], "program headers"
    _check_entries(name, offset, count, elf["e_phentsize"], form.sizeof(), what)
    table = checked(view, name, offset, count * form.sizeof(), f"the {what}")
    return tuple(
        Segment(row["p_offset"], row["p_vaddr"], row["p_filesz"], row["p_flags"])
        for row in parse_table(form, table, name, offset, what)
        if row["p_type"] == "PT_LOAD"
    )


def _sections(elf: ELFFile, view: memoryview, name: str) -> tuple[Section, ...]:
    form, offset, what = elf.structs.Elf_Shdr, elf["e_shoff"], "section headers"
    if not offset:
        return ()
    # Section 0 has the numbers that the ELF header has no room for.
    checked(view, name, offset, form.sizeof(), "section header 0")
    with damage(name, offset, "section header 0"):
        count, names_index = elf.num_sections(), elf.get_shstrndx()
    _check_entries(name, offset, count, elf["e_shentsize"], form.sizeof(), what)
    table = checked(view, name, offset, count * form.sizeof(), f"the {what}")
    rows = parse_table(form, table, name, offset, what)
    names = memoryview(b"")
    if rows and names_index:
        if names_index >= count:
            raise ElfError(name, 16, f"names in section {names_index}", f"one of {count} sections")
        strings = rows[names_index]
        if strings["sh_type"] != "SHT_NOBITS":
            place = strings["sh_offset"], strings["sh_size"]
            names = checked(view, name, *place, "the section names")
    fields = ["sh_" + field for field in Section._fields[1:]]
    return tuple(
        Section(_name(names, row["sh_name"]), *[row[field] for field in fields]) for row in rows
    )


def _check_entries(
    name: str, offset: int, count: int, entry: int, expected: int, what: str
) -> None:
    """Checks number and size in bytes of a table's entries before any is decoded."""
    if count > _MOST_HEADERS:
        raise ElfError(name, offset, f"{count} {what}", f"at most {_MOST_HEADERS}")
    if count and entry != expected:
        raise ElfError(name, 16, f"{what} of {entry} bytes", f"{expected} bytes")


def _name(names: memoryview, offset: int) -> str:
    start = bytes(names[offset : offset + _LONGEST_NAME])
    return start.partition(b"\0")[0].decode("ascii", "backslashreplace")
