"""Makes ELF files for tests and benchmarks: any machine, width, byte order and damage."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from rules_codspeed.capture.elf.file import Segment

I386, PPC64, ARM, X86_64, AARCH64 = 3, 21, 40, 62, 183
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS, SHT_DYNSYM = 1, 2, 3, 7, 8, 11
SHF_ALLOC, SHF_COMPRESSED = 2, 0x800
_PAGE = 4096


class ElfSymbol(NamedTuple):
    """An entry of a symbol table."""

    value: int
    size: int
    name: bytes
    info: int = 0x12  # a global function
    shndx: int = 1


@dataclass(frozen=True)
class ElfSection:
    """A section to write: `data` so many times; its address is its file offset by default.

    `size` is the size to state instead of the true one.
    """

    name: str
    data: bytes = b""
    type: int = SHT_PROGBITS
    flags: int = 0
    addr: int | None = None
    link: str | int = 0
    info: int = 0
    entsize: int = 0
    addralign: int = 1
    repeat: int = 1
    size: int | None = None


@dataclass
class ElfImage:
    """A file to write. Segments are written as given; the null section is put in front.

    Attributes:
      symbols: make `.symtab` and `.strtab` when there are any.
      dynamic: make `.dynsym` and `.dynstr` likewise.
      debug_link: file name and CRC-32.
    """

    machine: int = X86_64
    is_64: bool = True
    little_endian: bool = True
    segments: Sequence[Segment] = (Segment(0, 0, 0x1000, 5),)
    sections: Sequence[ElfSection] = ()
    symbols: Sequence[ElfSymbol] = ()
    dynamic: Sequence[ElfSymbol] = ()
    build_id: bytes = b""
    debug_link: tuple[bytes, int] | None = None
    _order: str = field(init=False, default="<")

    def write(self, path: Path) -> None:
        """Writes the file."""
        self._order = "<" if self.little_endian else ">"
        with path.open("wb") as file:
            self._write(file)

    def _write(self, file: BinaryIO) -> None:
        sections = self._all_sections()
        names = b"\0" + b"".join(one.name.encode() + b"\0" for one in sections)
        sections[-1] = ElfSection(".shstrtab", names, SHT_STRTAB, addr=0)
        indexes = {one.name: i for i, one in enumerate(sections, 1)}
        head_size, segment_size, header_size = (64, 56, 64) if self.is_64 else (52, 32, 40)
        file.seek(head_size + segment_size * len(self.segments))
        headers = [self._section_header(0, ElfSection("", type=0, addr=0), 0, 0)]
        name_at = 1
        for one in sections:
            offset = -(-file.tell() // one.addralign) * one.addralign
            file.seek(offset)
            for _ in range(one.repeat):
                file.write(one.data)
            link = indexes.get(one.link, 0) if isinstance(one.link, str) else one.link
            headers.append(self._section_header(name_at, one, offset, link))
            name_at += len(one.name.encode()) + 1
        table = -(-file.tell() // 8) * 8
        file.seek(table)
        file.write(b"".join(headers))
        file.seek(0)
        file.write(b"\x7fELF" + bytes([1 + self.is_64, 2 - self.little_endian, 1]) + bytes(9))
        word = "Q" if self.is_64 else "I"
        file.write(
            struct.pack(
                f"{self._order}HHI{word * 3}I6H",
                3,
                self.machine,
                1,
                0,
                head_size if self.segments else 0,
                table,
                0,
                head_size,
                segment_size,
                len(self.segments),
                header_size,
                len(headers),
                len(sections),
            )
        )
        file.write(b"".join(map(self._program_header, self.segments)))

    def _all_sections(self) -> list[ElfSection]:
        """Returns the sections after the null one; the last is for the names."""
        sections = list(self.sections)
        if self.build_id:
            head = struct.pack(self._order + "III", 4, len(self.build_id), 3)
            note = head + b"GNU\0" + self.build_id
            sections.append(ElfSection(".note.gnu.build-id", note, SHT_NOTE, addralign=4))
        if self.debug_link:
            name, crc = self.debug_link
            padded = name + bytes(4 - len(name) % 4)
            link = padded + struct.pack(self._order + "I", crc)
            sections.append(ElfSection(".gnu_debuglink", link, addr=0, addralign=4))
        for table, strings, kind, symbols in (
            (".dynsym", ".dynstr", SHT_DYNSYM, self.dynamic),
            (".symtab", ".strtab", SHT_SYMTAB, self.symbols),
        ):
            if symbols:
                sections += self._symbol_table(table, strings, kind, symbols)
        return [*sections, ElfSection(".shstrtab")]

    def _symbol_table(
        self, table: str, strings: str, kind: int, symbols: Sequence[ElfSymbol]
    ) -> list[ElfSection]:
        form = struct.Struct(self._order + ("IBBHQQ" if self.is_64 else "IIIBBH"))
        entries = [bytes(form.size)]
        names = [b""]
        name_at = 1
        for value, size, name, info, shndx in symbols:
            at = name_at if name else 0
            if self.is_64:
                entries.append(form.pack(at, info, 0, shndx, value, size))
            else:
                entries.append(form.pack(at, value, size, info, 0, shndx))
            if name:
                names.append(name)
                name_at += len(name) + 1
        data = b"".join(entries)
        return [
            ElfSection(
                table, data, kind, addr=0, link=strings, info=1, entsize=form.size, addralign=8
            ),
            ElfSection(strings, b"\0".join(names) + b"\0", SHT_STRTAB, addr=0),
        ]

    def _section_header(self, name: int, one: ElfSection, offset: int, link: int) -> bytes:
        size = len(one.data) * one.repeat if one.size is None else one.size
        addr = offset if one.addr is None else one.addr
        return struct.pack(
            self._order + ("IIQQQQIIQQ" if self.is_64 else "10I"),
            *(name, one.type, one.flags, addr, offset, size),
            *(link, one.info, one.addralign, one.entsize),
        )

    def _program_header(self, segment: Segment) -> bytes:
        offset, vaddr, size, flags = segment
        if self.is_64:
            fields = (1, flags, offset, vaddr, vaddr, size, size, _PAGE)
            return struct.pack(self._order + "IIQQQQQQ", *fields)
        return struct.pack(self._order + "8I", 1, offset, vaddr, vaddr, size, size, flags, _PAGE)


def large_executable(path: Path, size: int, symbols: int, machine: int) -> None:
    """Writes an image like that of a large C++ program: all parts but the code are real.

    Args:
      path: the file.
      size: of the file in bytes, about; more when that many symbols need more.
      symbols: how many functions there are, each with unwind data. There are a tenth as many
        dynamic symbols, half of them imports.
      machine: `X86_64` or `AARCH64`.
    """
    step = max(32, (size // symbols - 110) // 8 * 8)
    block = bytes(range(8)) * (step // 8)
    starts = [_PAGE + i * step for i in range(symbols)]
    frame_at = -(-(_PAGE + symbols * step) // _PAGE) * _PAGE
    frame = eh_frame(frame_at, starts, step, machine)
    header_at = -(-(frame_at + len(frame)) // _PAGE) * _PAGE
    end = header_at + 12 + 8 * symbols
    functions = [
        ElfSymbol(start, 0 if i % 50 == 7 else step, _mangled(i)) for i, start in enumerate(starts)
    ]
    marks = [ElfSymbol(start, 0, b"$x") for start in starts[::10]] if machine == AARCH64 else []
    imports = [ElfSymbol(0, 0, b"import_%d" % i, shndx=0) for i in range(symbols // 20)]
    ElfImage(
        machine=machine,
        segments=[
            Segment(0, 0, frame_at, 5),
            Segment(frame_at, frame_at, end - frame_at, 4),
        ],
        sections=[
            ElfSection(".text", block, flags=6, repeat=symbols, addralign=_PAGE),
            ElfSection(".eh_frame", frame, flags=SHF_ALLOC, addralign=_PAGE),
            ElfSection(
                ".eh_frame_hdr",
                eh_frame_hdr(header_at, frame_at, starts),
                flags=SHF_ALLOC,
                addralign=_PAGE,
            ),
        ],
        symbols=functions + marks,
        dynamic=imports + functions[::20],
        build_id=bytes(range(20)),
    ).write(path)


def eh_frame(at: int, starts: Sequence[int], size: int, machine: int) -> bytes:
    """Returns `.eh_frame` for functions of one size: a CIE, an FDE each, and the end."""
    # Version 1, "zR", alignments 1 and -8, the return address, pointers relative, sdata4.
    register, rules = (30, b"\x0c\x1f\0\0\0") if machine == AARCH64 else (16, b"\x0c\7\x08\x90\1")
    cie = struct.pack("<II", 20, 0) + b"\1zR\0\1\x78" + bytes([register, 1, 0x1B]) + rules + b"\0\0"
    fde = struct.Struct("<IIiI8x")
    frames = [
        fde.pack(20, 24 * i + 4, start - (at + 24 * i + 8), size)
        for i, start in enumerate(starts, 1)
    ]
    return cie + b"".join(frames) + bytes(4)


def eh_frame_hdr(at: int, frame_at: int, starts: Sequence[int]) -> bytes:
    """Returns the search table of `eh_frame`, relative to itself."""
    head = struct.pack("<4BiI", 1, 0x1B, 3, 0x3B, frame_at - (at + 4), len(starts))
    row = struct.Struct("<ii")
    rows = [row.pack(start - at, frame_at + 24 * i - at) for i, start in enumerate(starts, 1)]
    return head + b"".join(rows)


def _mangled(number: int) -> bytes:
    module, function = b"module_%d" % (number % 97), b"function_number_%d" % number
    return b"_ZN4demo%d%b%d%bEPKcm" % (len(module), module, len(function), function)
