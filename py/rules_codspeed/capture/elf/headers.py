"""Decodes the tables of an ELF file's head. Format: System V ABI, chapters 4 and 5."""

from __future__ import annotations

import struct
from typing import NamedTuple

from rules_codspeed.capture.elf.errors import ElfError

SHT_NOBITS = 8
_PT_LOAD = 1
_NUMBERED_ELSEWHERE = 0xFFFF  # PN_XNUM, SHN_XINDEX: the number is in section 0

# A linked image has some dozens; these bound what a hostile file can have us hold.
_MOST_SECTIONS = 1 << 17
_MOST_SEGMENTS = 1 << 16
_LONGEST_NAME = 255  # bytes of a section's name; no longer one is ever asked for


class Segment(NamedTuple):
    """A `PT_LOAD` program header: offset and size in the file in bytes, and the address."""

    offset: int
    vaddr: int
    filesz: int
    flags: int


class Section(NamedTuple):
    """A section header, with the name looked up."""

    name: str
    type: int
    flags: int
    addr: int
    offset: int
    size: int
    link: int
    info: int
    entsize: int
    addralign: int


class Header(NamedTuple):
    """What is used of the ELF header; offsets and sizes in bytes."""

    is_64: bool
    little_endian: bool
    machine: int
    segments: int
    segment_count: int
    sections: int
    section_count: int
    section_names: int


class Tables(NamedTuple):
    """The decoded head of a file: program headers of type `PT_LOAD`, and all section headers."""

    header: Header
    segments: tuple[Segment, ...]
    sections: tuple[Section, ...]


def read_tables(data: memoryview, name: str) -> Tables:
    """Decodes the head of a file.

    Args:
      data: the whole file.
      name: of the file in errors.

    Raises:
      ElfError: it is damaged.
    """
    header = _header(data, name)
    first = _first_section(data, name, header)
    if first and not header.section_count:
        header = header._replace(section_count=first.size)
    if first and header.section_names == _NUMBERED_ELSEWHERE:
        header = header._replace(section_names=first.link)
    if first and header.segment_count == _NUMBERED_ELSEWHERE:
        header = header._replace(segment_count=first.info)
    return Tables(header, _segments(data, name, header), _sections(data, name, header))


def checked(data: memoryview, name: str, offset: int, size: int, what: str) -> memoryview:
    """Returns a part of a file; an error names what it should have been when it is not there."""
    if offset + size > len(data):
        raise ElfError(
            name, offset, f"a file of {len(data)} bytes", f"{what} of {size} bytes; truncated?"
        )
    return data[offset : offset + size]


def _header(data: memoryview, name: str) -> Header:
    ident = bytes(data[:16])
    if ident[:4] != b"\x7fELF" or len(ident) < 16:
        raise ElfError(name, 0, f"{ident[:4]!r}", "the ELF magic number")
    if ident[4] not in (1, 2) or ident[5] not in (1, 2):
        raise ElfError(name, 4, f"class {ident[4]}, byte order {ident[5]}", "1 or 2 for each")
    is_64, little_endian = ident[4] == 2, ident[5] == 1
    form = struct.Struct(
        ("<" if little_endian else ">") + "HHI" + ("QQQ" if is_64 else "III") + "I6H"
    )
    fields = form.unpack(checked(data, name, 16, form.size, "the ELF header"))
    _, machine, _, _, segments, sections, _, _, segment_size, segment_count = fields[:10]
    section_size, section_count, section_names = fields[10:]
    if segment_count and segments and segment_size != (56 if is_64 else 32):
        raise ElfError(name, 16, f"program headers of {segment_size} bytes", "56, or 32 in ELF32")
    if sections and section_size != (64 if is_64 else 40):
        raise ElfError(name, 16, f"section headers of {section_size} bytes", "64, or 40 in ELF32")
    return Header(
        is_64,
        little_endian,
        machine,
        segments,
        segment_count if segments else 0,
        sections,
        section_count if sections else 0,
        section_names,
    )


def _section_form(header: Header) -> struct.Struct:
    order = "<" if header.little_endian else ">"
    return struct.Struct(order + ("IIQQQQIIQQ" if header.is_64 else "10I"))


def _first_section(data: memoryview, name: str, header: Header) -> Section | None:
    """Returns section 0, which holds the counts that the ELF header has no room for."""
    if not header.sections:
        return None
    form = _section_form(header)
    part = checked(data, name, header.sections, form.size, "section header 0")
    return _section("", form.unpack(part))


def _segments(data: memoryview, name: str, header: Header) -> tuple[Segment, ...]:
    count = header.segment_count
    if count > _MOST_SEGMENTS:
        raise ElfError(
            name, header.segments, f"{count} program headers", f"at most {_MOST_SEGMENTS}"
        )
    order = "<" if header.little_endian else ">"
    form = struct.Struct(order + ("IIQQQQQQ" if header.is_64 else "8I"))
    table = checked(data, name, header.segments, count * form.size, "the program headers")
    # p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz; in ELF32 p_flags is further back
    offset, vaddr, filesz, flags = (2, 3, 5, 1) if header.is_64 else (1, 2, 4, 6)
    return tuple(
        Segment(one[offset], one[vaddr], one[filesz], one[flags])
        for one in form.iter_unpack(table)
        if one[0] == _PT_LOAD
    )


def _sections(data: memoryview, name: str, header: Header) -> tuple[Section, ...]:
    count = header.section_count
    if count > _MOST_SECTIONS:
        raise ElfError(
            name, header.sections, f"{count} section headers", f"at most {_MOST_SECTIONS}"
        )
    form = _section_form(header)
    table = checked(data, name, header.sections, count * form.size, "the section headers")
    rows = list(form.iter_unpack(table))
    names = memoryview(b"")
    if rows and header.section_names:
        if header.section_names >= count:
            raise ElfError(
                name, 16, f"names in section {header.section_names}", f"one of {count} sections"
            )
        strings = _section("", rows[header.section_names])
        if strings.type != SHT_NOBITS:
            names = checked(data, name, strings.offset, strings.size, "the section names")
    return tuple(_section(_name(names, row[0]), row) for row in rows)


def _section(name: str, row: tuple[int, ...]) -> Section:
    """Makes a section of the fields of its header, where the alignment is before the entry size."""
    _, kind, flags, addr, offset, size, link, info, addralign, entsize = row
    return Section(name, kind, flags, addr, offset, size, link, info, entsize, addralign)


def _name(names: memoryview, offset: int) -> str:
    start = bytes(names[offset : offset + _LONGEST_NAME])
    return start.partition(b"\0")[0].decode("ascii", "backslashreplace")
