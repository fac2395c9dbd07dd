"""Sections, segments and contents: against readelf on real files, and of every kind of file."""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.file import Section, Segment, open_elf
from tests.capture.elf.elf_files import (
    AARCH64,
    ARM,
    I386,
    PPC64,
    SHF_COMPRESSED,
    SHT_NOBITS,
    X86_64,
    ElfImage,
    ElfSection,
)
from tests.capture.elf.programs import LIBC, LIBC_ARM, NODE, compile_c, existing, objcopy, readelf

KINDS = [
    (X86_64, "EM_X86_64", True, True),
    (AARCH64, "EM_AARCH64", True, True),
    (PPC64, "EM_PPC64", True, False),
    (I386, "EM_386", False, True),
    (ARM, "EM_ARM", False, False),
    (0xFEFE, 0xFEFE, True, True),
]
FIELDS = ("type", "flags", "addr", "offset", "size", "link", "info", "entsize", "addralign")
TEXT = b"int main(void) { return 0; }\n" * 50


_LOAD = re.compile(r"  LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+) 0x\w+ ([R ][W ][E ]) 0x\w+")
_SECTION = re.compile(
    r"  \[ *\d+\] ?(.*)\n"
    r"       (\S+) +(\w+) (\w+) (\w+) (\w+) +(\d+) +(\d+) +(\d+)\n"
    r"       \[(\w+)\]"
)
_KINDS = {"NULL", "PROGBITS", "SYMTAB", "STRTAB", "NOTE", "NOBITS", "DYNSYM", "RELA", "DYNAMIC"}


def oracle(path: Path) -> tuple[list[Segment], list[Section]]:
    """Segments and sections as readelf shows them."""
    text = readelf("-W", "-t", "-l", path)
    segments = [
        Segment(int(offset, 16), int(vaddr, 16), int(size, 16), flags_of(flags))
        for offset, vaddr, size, flags in _LOAD.findall(text)
    ]
    sections = []
    for name, kind, addr, offset, size, entsize, link, info, align, flags in _SECTION.findall(text):
        at = [int(field, 16) for field in (flags, addr, offset, size)]
        rest = [int(link), int(info), int(entsize, 16), int(align)]
        sections.append(Section._make([name, "SHT_" + kind, *at, *rest]))
    return segments, sections


def flags_of(letters: str) -> int:
    """`p_flags` of letters such as `R E`."""
    return sum(bit for letter, bit in zip(letters, (4, 2, 1), strict=True) if letter != " ")


def check(path: Path) -> None:
    with open_elf(path, "x") as elf:
        segments, sections = oracle(path)
        assert list(elf.segments) == segments
        # It has names of its own for the types of a machine or a system.
        assert [one._replace(type="") for one in elf.sections] == [
            one._replace(type="") for one in sections
        ]
        for one, shown in zip(elf.sections, sections, strict=True):
            if str(shown.type).removeprefix("SHT_") in _KINDS:
                assert one.type == shown.type
        content = path.read_bytes()
        for one in elf.sections:
            if one.type != "SHT_NOBITS":
                assert elf.data(one) == content[one.offset : one.offset + one.size]


@pytest.mark.parametrize("path", existing(LIBC, LIBC_ARM, NODE, Path("/bin/ls")), ids=str)
def test_files_of_this_machine(path: Path) -> None:
    check(path)


@pytest.mark.parametrize(
    "flags",
    [
        ["-g"],
        ["-s"],
        ["-static"],
        ["-no-pie"],
        ["-m32", "-shared", "-fPIC", "-nostdlib"],
        ["-Wl,-z,noseparate-code"],
    ],
    ids=" ".join,
)
def test_compiled(tmp_path: Path, flags: list[str]) -> None:
    check(compile_c(tmp_path / "program", *flags))


@pytest.mark.parametrize(("machine", "name", "is_64", "little_endian"), KINDS)
def test_every_kind_of_file(
    tmp_path: Path, machine: int, name: str | int, is_64: bool, little_endian: bool
) -> None:
    segments = [Segment(0, 0x400000, 0x600, 4), Segment(0x600, 0x401600, 0x20, 5)]
    path = tmp_path / "image"
    ElfImage(
        machine,
        is_64,
        little_endian,
        segments,
        [ElfSection(".text", b"code", addr=0x401600, addralign=16)],
        build_id=b"\xab\xcd\xef",
        debug_link=(b"image.debug", 0x12345678),
    ).write(path)
    check(path)
    with open_elf(path, "image") as elf:
        assert (elf.machine, elf.is_64, elf.little_endian) == (name, is_64, little_endian)
        assert list(elf.segments) == segments
        assert elf.build_id == b"\xab\xcd\xef"
        assert elf.debug_link == ("image.debug", 0x12345678)
        text = elf.section(".text")
        assert text
        assert (text.addr, text.size, bytes(elf.data(text))) == (0x401600, 4, b"code")
        assert elf.section(".data") is None


def test_without_sections_and_segments(tmp_path: Path) -> None:
    path = tmp_path / "image"
    ElfImage(segments=()).write(path)
    data = bytearray(path.read_bytes()[:64])
    data[40:48] = bytes(8)  # e_shoff
    path.write_bytes(data)
    with open_elf(path, "x") as elf:
        assert elf.segments == ()
        assert elf.sections == ()
        assert elf.build_id == b""
        assert elf.debug_link is None


def test_counts_that_are_in_section_0(tmp_path: Path) -> None:
    path = tmp_path / "image"
    ElfImage(sections=[ElfSection(".text", b"code")]).write(path)
    data = bytearray(path.read_bytes())
    (table,) = struct.unpack_from("<Q", data, 40)
    segments, _, sections, names = struct.unpack_from("<HHHH", data, 56)
    struct.pack_into("<H", data, 56, 0xFFFF)
    struct.pack_into("<HH", data, 60, 0, 0xFFFF)
    struct.pack_into("<Q", data, table + 32, sections)
    struct.pack_into("<II", data, table + 40, names, segments)
    path.write_bytes(data)
    with open_elf(path, "x") as elf:
        assert [one.name for one in elf.sections] == ["", ".text", ".shstrtab"]
        assert len(elf.segments) == 1


def test_nobits_section_has_no_bytes_whatever_its_size(tmp_path: Path) -> None:
    path = tmp_path / "image"
    nobits = ElfSection(".bss", type=SHT_NOBITS, size=1 << 60, flags=SHF_COMPRESSED)
    ElfImage(sections=[nobits]).write(path)
    with open_elf(path, "x") as elf:
        bss = elf.section(".bss")
        assert bss
        assert bss.size == 1 << 60
        assert bytes(elf.data(bss)) == b""
        assert bytes(elf.contents(bss)) == b""


def test_views_outlive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "image"
    ElfImage(sections=[ElfSection(".text", TEXT)]).write(path)
    with open_elf(path, "x") as elf:
        view = elf.data(elf.sections[1])
    assert view == TEXT


# The hints to a debug file.


def test_build_id_and_debug_link_as_binutils_write_them(tmp_path: Path) -> None:
    program = compile_c(tmp_path / "program", "-g", "-Wl,--build-id=0x0123456789abcdef")
    debug = tmp_path / "program.debug"
    objcopy("--only-keep-debug", program, debug)
    objcopy("--strip-debug", f"--add-gnu-debuglink={debug}", program)
    with open_elf(program, "x") as elf, open_elf(debug, "y") as other:
        assert elf.build_id.hex() == other.build_id.hex() == "0123456789abcdef"
        assert elf.debug_link == ("program.debug", zlib.crc32(debug.read_bytes()))
        assert other.debug_link is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"a.debug\0\1\0\0\0", ("a.debug", 1)),
        (b"abc\0\2\0\0\0", ("abc", 2)),
        (b"abcd\0\0\0\0\3\0\0\0", ("abcd", 3)),
        (b"\xff\0\0\0\4\0\0\0", (os.fsdecode(b"\xff"), 4)),
        (b"../abc\0\0\5\0\0\0", None),
        (b"\0\0\0\0\6\0\0\0", None),
        (b"abc\0\7\0\0", None),
        (b"abcdefgh", None),
        (b"", None),
    ],
)
def test_debug_link(tmp_path: Path, content: bytes, found: tuple[str, int] | None) -> None:
    path = tmp_path / "image"
    ElfImage(sections=[ElfSection(".gnu_debuglink", content)]).write(path)
    with open_elf(path, "x") as elf:
        assert elf.debug_link == found


def note(name: bytes, content: bytes, kind: int, size: int | None = None) -> bytes:
    size_field = len(content) if size is None else size
    head = struct.pack("<III", len(name), size_field, kind)
    return head + name + bytes(-len(name) % 4) + content + bytes(-len(content) % 4)


@pytest.mark.parametrize(
    ("notes", "found"),
    [
        (note(b"GNU\0", b"abi", 1) + note(b"GNU\0", b"\1\2\3", 3), "010203"),
        (note(b"Go\0", b"go", 3) + note(b"GNU\0", b"\4", 3), "04"),
        (note(b"GNU\0", b"", 3), ""),
        (note(b"GNU\0", bytes(65), 3), ""),
        (note(b"GNU\0", b"abi", 1, 1 << 31) + note(b"GNU\0", b"\1", 3), ""),
        (note(b"GNU\0", b"cut", 3)[:11], ""),
        (note(b"", b"", 0) * 20_000 + note(b"GNU\0", b"far", 3), ""),
    ],
)
def test_build_id(tmp_path: Path, notes: bytes, found: str) -> None:
    path = tmp_path / "image"
    ElfImage(sections=[ElfSection(".note", notes, type=7)]).write(path)
    with open_elf(path, "x") as elf:
        assert elf.build_id.hex() == found


def test_build_id_behind_a_note_that_is_aligned_to_8_bytes(tmp_path: Path) -> None:
    path = tmp_path / "image"
    first = struct.pack("<III", 4, 4, 5) + b"GNU\0" + b"four" + bytes(4)
    sections = [ElfSection(".note", first + note(b"GNU\0", b"\xbe\xef", 3), 7, addralign=8)]
    ElfImage(sections=sections).write(path)
    with open_elf(path, "x") as elf:
        assert elf.build_id.hex() == "beef"


def test_section_is_a_tuple_of_the_header() -> None:
    assert Section._fields == ("name", *FIELDS)
