"""Damaged and hostile ELF files: one error that names file and offset, bounded time and memory."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.file import ElfError, ElfFile, open_elf
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.harvest.elf.symbols import read_symbols
from tests.capture.elf.elf_files import (
    SHT_STRTAB,
    SHT_SYMTAB,
    ElfImage,
    ElfSection,
)

FIX = "Fix: build or install that file again; until then it has no symbols in the profile."


def image(tmp_path: Path, of: ElfImage | None = None) -> bytearray:
    path = tmp_path / "image"
    (of or ElfImage(sections=[ElfSection(".text", b"code")])).write(path)
    return bytearray(path.read_bytes())


def error_of(data: bytes | bytearray) -> str:
    with pytest.raises(ElfError) as caught:
        ElfFile(bytes(data), "lib/x.so")
    assert isinstance(caught.value, DamagedFile)
    assert caught.value.file == "lib/x.so"
    text = str(caught.value)
    assert text.endswith(FIX)
    return text


# No ELF file at all.


def test_no_file(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "empty").touch()
    for path, got in [
        (tmp_path / "missing", "[Errno 2] No such file or directory"),
        (tmp_path, "no regular file"),
        (fifo, "no regular file"),
        (Path("/dev/null"), "no regular file"),
        (tmp_path / "empty", "an empty file"),
        (Path("a\0b"), "embedded null byte"),
    ]:
        with pytest.raises(ElfError) as caught:
            open_elf(path, "/usr/lib/x.so")
        assert str(caught.value).startswith(f"/usr/lib/x.so: damaged at byte 0. Got: {got}")
        assert str(caught.value).endswith(FIX)


def test_name_that_would_spoil_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(ElfError) as caught:
        open_elf(tmp_path, "a\x1b[2J\nb")
    assert r"'a\x1b[2J\nb': damaged" in str(caught.value)


@pytest.mark.parametrize("data", [b"x", b"#!/bin/sh\n" * 10, b"\x7fELF", bytes(64)])
def test_no_magic(data: bytes) -> None:
    text = error_of(data)
    assert "damaged at byte 0. Got: " in text
    assert "Expected: the header of an ELF file." in text
    assert data.startswith(b"\x7fELF") or "Magic number does not match" in text


@pytest.mark.parametrize(
    ("at", "value", "got"),
    [
        (4, 0, r"Invalid EI_CLASS b'\x00'"),
        (4, 3, r"Invalid EI_CLASS b'\x03'"),
        (5, 0, r"Invalid EI_DATA b'\x00'"),
        (5, 3, r"Invalid EI_DATA b'\x03'"),
    ],
)
def test_unknown_class_or_byte_order(tmp_path: Path, at: int, value: int, got: str) -> None:
    data = image(tmp_path)
    data[at] = value
    assert f"at byte 0. Got: {got}. Expected: the header of an ELF file." in error_of(data)


# Tables that are not where they should be.


def test_every_truncation(tmp_path: Path) -> None:
    data = bytes(image(tmp_path))
    for size in range(len(data)):
        assert "lib/x.so: damaged at byte " in error_of(data[:size])
    assert "truncated?" in error_of(data[:-1])


def test_tables_beyond_the_end(tmp_path: Path) -> None:
    for at, what in [(32, "the program headers"), (40, "section header 0")]:
        data = image(tmp_path)
        struct.pack_into("<Q", data, at, 2**64 - 1)
        text = error_of(data)
        assert f"at byte {2**64 - 1}. Got: a file of {len(data)} bytes. Expected: {what}" in text


@pytest.mark.parametrize(("at", "what"), [(54, "program"), (58, "section")])
@pytest.mark.parametrize("size", [0, 1, 63, 0xFFFF])
def test_entry_sizes(tmp_path: Path, at: int, what: str, size: int) -> None:
    data = image(tmp_path)
    struct.pack_into("<H", data, at, size)
    assert f"Got: {what} headers of {size} bytes" in error_of(data)


def test_huge_counts(tmp_path: Path) -> None:
    data = image(tmp_path)
    (table,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<H", data, 60, 0)
    struct.pack_into("<Q", data, table + 32, 2**64 - 1)
    assert f"Got: {2**64 - 1} section headers. Expected: at most 16384." in error_of(data)
    struct.pack_into("<Q", data, table + 32, 1000)
    assert "Expected: the section headers of 64000 bytes; truncated?" in error_of(data)
    struct.pack_into("<Q", data, table + 32, 3)
    struct.pack_into("<H", data, 56, 0xFFFF)
    struct.pack_into("<I", data, table + 44, 2**32 - 1)
    assert f"Got: {2**32 - 1} program headers. Expected: at most 16384." in error_of(data)


def test_section_names_elsewhere(tmp_path: Path) -> None:
    data = image(tmp_path)
    struct.pack_into("<H", data, 62, 3)
    assert "Got: names in section 3. Expected: one of 3 sections." in error_of(data)
    struct.pack_into("<H", data, 62, 1)  # the code
    with ElfFile(bytes(data), "x") as elf:
        assert [one.name for one in elf.sections] == ["code", "ode", ""]
    struct.pack_into("<H", data, 62, 0)
    with ElfFile(bytes(data), "x") as elf:
        assert [one.name for one in elf.sections] == ["", "", ""]


def test_section_names_without_an_end(tmp_path: Path) -> None:
    data = image(tmp_path, ElfImage(sections=[ElfSection("n" * 100_000)]))
    with ElfFile(bytes(data), "x") as elf:
        assert elf.sections[1].name == "n" * 255


def test_section_beyond_the_end(tmp_path: Path) -> None:
    sections = [ElfSection(".text", b"code", size=2**64 - 1), ElfSection(".data", b"data")]
    with ElfFile(bytes(image(tmp_path, ElfImage(sections=sections))), "x") as elf:
        with pytest.raises(ElfError) as caught:
            elf.data(elf.sections[1])
        assert f"section .text of {2**64 - 1} bytes; truncated?" in str(caught.value)
        assert bytes(elf.data(elf.sections[2])) == b"data"


def test_overlapping_sections(tmp_path: Path) -> None:
    data = image(tmp_path, ElfImage(sections=[ElfSection(".a", b"1234"), ElfSection(".b")]))
    (table,) = struct.unpack_from("<Q", data, 40)
    data[table + 128 + 24 : table + 128 + 40] = data[table + 64 + 24 : table + 64 + 40]
    with ElfFile(bytes(data), "x") as elf:
        assert [bytes(elf.data(one)) for one in elf.sections[1:3]] == [b"1234", b"1234"]


# Symbol tables.


def symbol_error(tmp_path: Path, *sections: ElfSection) -> str:
    ElfImage(sections=sections).write(tmp_path / "image")
    with open_elf(tmp_path / "image", "x") as elf, pytest.raises(ElfError) as caught:
        read_symbols(elf)
    assert str(caught.value).endswith(FIX)
    return str(caught.value)


def table(names: list[int], link: str | int = ".strtab") -> ElfSection:
    data = b"".join(struct.pack("<IBBHQQ", at, 0, 0, 0, i, 1) for i, at in enumerate([0, *names]))
    return ElfSection(".symtab", data, SHT_SYMTAB, link=link)


def test_part_of_an_entry(tmp_path: Path) -> None:
    text = symbol_error(tmp_path, ElfSection(".symtab", bytes(47), SHT_SYMTAB))
    assert "Got: section .symtab of 47 bytes. Expected: at most 4194304 entries of 24" in text


def test_more_entries_than_any_program_has(tmp_path: Path) -> None:
    path = tmp_path / "image"
    ElfImage(sections=[ElfSection(".symtab", b"", SHT_SYMTAB, size=5_000_000 * 24)]).write(path)
    os.truncate(path, 130_000_000)  # a hole, which takes no room on the disk
    with open_elf(path, "x") as elf, pytest.raises(ElfError) as caught:
        read_symbols(elf)
    assert "Got: section .symtab of 120000000 bytes. Expected: at most 4194304" in str(caught.value)


@pytest.mark.parametrize("link", [0, 1, 2, 77, 2**32 - 1])
def test_names_in_no_string_table(tmp_path: Path, link: int) -> None:
    text = symbol_error(tmp_path, table([1], link), ElfSection(".text", b"\0abc\0"))
    assert f"Got: names in section {link}. Expected: the index of a string table." in text


def test_table_that_is_its_own_string_table(tmp_path: Path) -> None:
    cyclic = ElfSection(".symtab", table([1]).data, SHT_STRTAB, link=1)
    ElfImage(sections=[cyclic]).write(tmp_path / "image")
    with open_elf(tmp_path / "image", "x") as elf:
        assert read_symbols(elf) == []


def test_names_without_an_end_or_beyond_it_are_dropped(tmp_path: Path) -> None:
    strings = ElfSection(".strtab", b"\0one\0two", SHT_STRTAB)
    ElfImage(sections=[table([1, 5, 6, 8, 9, 2**32 - 1, 2]), strings]).write(tmp_path / "image")
    with open_elf(tmp_path / "image", "x") as elf:
        assert [one.name for one in read_symbols(elf)] == ["one", "ne"]


def test_entry_size_is_not_believed(tmp_path: Path) -> None:
    for size in (0, 1, 2**64 - 1):
        one = table([1])
        symtab = ElfSection(".symtab", one.data, SHT_SYMTAB, link=".strtab", entsize=size)
        sections = [symtab, ElfSection(".strtab", b"\0main\0", SHT_STRTAB)]
        ElfImage(sections=sections).write(tmp_path / "image")
        with open_elf(tmp_path / "image", "x") as elf:
            assert [tuple(one) for one in read_symbols(elf)] == [(1, 1, "main")]


def test_names_that_lie_upon_each_other(tmp_path: Path) -> None:
    strings = ElfSection(".strtab", b"\0" + b"n" * 1_000_000 + b"\0", SHT_STRTAB)
    # Those behind the strings make no room for others.
    behind = [1_000_002] * 100
    text = symbol_error(tmp_path, table([*behind, *range(1, 100)]), strings)
    assert "Got: symbols whose names overlap. Expected: names of their own." in text
