"""The sections of debug information of one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rules_codspeed.capture.elf.file import ElfError, ElfFile
from rules_codspeed.harvest.dwarf.damage import Damage, Warnings

Buffer = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Sections:
    """The content of the sections, decompressed; empty for what the file does not have.

    The large ones can be views: they are decoded piece by piece.

    Attributes:
      order: the byte order of the file.
    """

    order: Literal["little", "big"] = "little"
    info: Buffer = b""
    abbrev: bytes = b""
    line: Buffer = b""
    str: Buffer = b""
    line_str: Buffer = b""
    str_offsets: Buffer = b""
    addr: Buffer = b""
    ranges: bytes = b""
    rnglists: bytes = b""
    aranges: bytes = b""


def read_sections(elf: ElfFile, warnings: Warnings) -> Sections:
    """Returns the sections of a file; one that cannot be read is empty, and noted.

    Raises:
      ElfError: `.debug_info` cannot be read.
    """
    read = _reader(elf, warnings)
    return Sections(
        order="little" if elf.little_endian else "big",
        info=read("info"),
        abbrev=bytes(read("abbrev")),
        line=read("line"),
        str=read("str"),
        line_str=read("line_str"),
        str_offsets=read("str_offsets"),
        addr=read("addr"),
        ranges=bytes(read("ranges")),
        rnglists=bytes(read("rnglists")),
        aranges=bytes(read("aranges")),
    )


def _reader(elf: ElfFile, warnings: Warnings) -> Callable[[str], Buffer]:
    def read(name: str) -> Buffer:
        section = elf.section(f".debug_{name}")
        if section is None:
            return b""
        try:
            return elf.contents(section)
        except ElfError as error:
            if name == "info":
                raise
            warnings.add(Damage(section.name, 0, str(error), "a section that can be read"))
            return b""

    return read
