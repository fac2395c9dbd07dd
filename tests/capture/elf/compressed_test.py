"""Compressed sections of all kinds, and bombs."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
import zstandard

from rules_codspeed.capture.elf.file import ElfError, open_elf
from tests.capture.elf.elf_files import PPC64, SHF_COMPRESSED, ElfImage, ElfSection
from tests.capture.elf.programs import compile_c, objcopy

TEXT = b"int main(void) { return 0; }\n" * 50


@pytest.mark.parametrize(
    ("is_64", "little_endian"), [(True, True), (True, False), (False, True), (False, False)]
)
@pytest.mark.parametrize("kind", ["zlib", "zstd"])
def test_compressed_section(tmp_path: Path, kind: str, is_64: bool, little_endian: bool) -> None:
    packed = zlib.compress(TEXT) if kind == "zlib" else zstandard.compress(TEXT)
    order = "<" if little_endian else ">"
    number = 1 if kind == "zlib" else 2
    head = (
        struct.pack(order + "IIQQ", number, 0, len(TEXT), 1)
        if is_64
        else struct.pack(order + "III", number, len(TEXT), 1)
    )
    path = tmp_path / "image"
    section = ElfSection(".debug_str", head + packed, flags=SHF_COMPRESSED)
    ElfImage(PPC64, is_64, little_endian, sections=[section]).write(path)
    with open_elf(path, "x") as elf:
        found = elf.section(".debug_str")
        assert found
        assert elf.contents(found) == TEXT
        assert elf.data(found) == head + packed


def test_zstd_of_several_frames(tmp_path: Path) -> None:
    packed = zstandard.compress(TEXT) + zstandard.compress(b"end")
    head = struct.pack("<IIQQ", 2, 0, len(TEXT) + 3, 1)
    path = tmp_path / "image"
    section = ElfSection(".debug_str", head + packed, flags=SHF_COMPRESSED)
    ElfImage(sections=[section]).write(path)
    with open_elf(path, "x") as elf:
        assert elf.contents(elf.sections[1]) == TEXT + b"end"


def test_empty_compressed_section(tmp_path: Path) -> None:
    path = tmp_path / "image"
    data = struct.pack("<IIQQ", 1, 0, 0, 1) + zlib.compress(b"")
    ElfImage(sections=[ElfSection(".debug_str", data, flags=SHF_COMPRESSED)]).write(path)
    with open_elf(path, "x") as elf:
        assert elf.contents(elf.sections[1]) == b""


def test_old_compressed_section_is_found_by_its_new_name(tmp_path: Path) -> None:
    path = tmp_path / "image"
    data = b"ZLIB" + struct.pack(">Q", len(TEXT)) + zlib.compress(TEXT)
    ElfImage(sections=[ElfSection(".zdebug_line", data)]).write(path)
    with open_elf(path, "x") as elf:
        found = elf.section(".debug_line")
        assert found
        assert found.name == ".zdebug_line"
        assert elf.contents(found) == TEXT
        assert elf.section(".text") is None


@pytest.mark.parametrize("kind", ["zlib", "zlib-gnu", "zstd"])
def test_sections_that_binutils_compressed(tmp_path: Path, kind: str) -> None:
    plain = compile_c(tmp_path / "program", "-g")
    objcopy(f"--compress-debug-sections={kind}", plain, tmp_path / "packed")
    with open_elf(plain, "plain") as one, open_elf(tmp_path / "packed", "packed") as other:
        smaller = 0
        for section in one.sections:
            if section.name.startswith(".debug_"):
                packed = other.section(section.name)
                assert packed
                assert other.contents(packed) == one.contents(section)
                smaller += packed.size < section.size
        assert smaller


# Damaged and hostile ones.


def compressed(kind: int, size: int, packed: bytes) -> ElfImage:
    head = struct.pack("<IIQQ", kind, 0, size, 1)
    return ElfImage(sections=[ElfSection(".debug_info", head + packed, flags=SHF_COMPRESSED)])


BOMB = 100 << 20


@pytest.mark.parametrize(
    ("of", "got"),
    [
        (compressed(3, 4, b"1234"), "compression 3"),
        (compressed(1, 4, b"1234"), "Error -3 while decompressing data"),
        (compressed(2, 4, b"1234"), "zstd decompress error"),
        (compressed(1, 4, zlib.compress(b"12345")), "more than 4 decompressed bytes"),
        (compressed(1, 4, zlib.compress(b"123")), "3 decompressed bytes"),
        (compressed(1, 40, zlib.compress(b"1234" * 10)[:-8]), " decompressed bytes"),
        (compressed(1, 4, b""), "0 decompressed bytes"),
        (compressed(2, 4, zstandard.compress(b"12345")), "more than 4 decompressed bytes"),
        (compressed(2, 4, zstandard.compress(b"123")), "3 decompressed bytes"),
        (compressed(2, 4, b""), "0 decompressed bytes"),
        (compressed(1, 2**64 - 1, b"1234"), f"{2**64 - 1} bytes out of 4"),
        (compressed(1, BOMB, zlib.compress(bytes(BOMB), 1)), f"{BOMB} bytes out of"),
        (compressed(2, BOMB, zstandard.compress(bytes(BOMB))), f"{BOMB} bytes out of"),
        (compressed(1, 4, zlib.compress(bytes(BOMB), 1)), "more than 4 decompressed bytes"),
        (compressed(2, 4, zstandard.compress(bytes(BOMB))), "more than 4 decompressed bytes"),
        (
            ElfImage(sections=[ElfSection(".debug_info", b"short", flags=SHF_COMPRESSED)]),
            "5 bytes",
        ),
        (ElfImage(sections=[ElfSection(".zdebug_info", b"ZLIB1234567")]), "b'ZLIB'"),
        (ElfImage(sections=[ElfSection(".zdebug_info", b"zlib12345678")]), "b'zlib'"),
        (
            ElfImage(sections=[ElfSection(".zdebug_info", b"ZLIB" + bytes(7) + b"\4damage")]),
            "Error -3",
        ),
    ],
)
def test_damage(tmp_path: Path, of: ElfImage, got: str) -> None:
    of.write(tmp_path / "image")
    with open_elf(tmp_path / "image", "x") as elf:
        section = elf.section(".debug_info")
        assert section
        with pytest.raises(ElfError) as caught:
            elf.contents(section)
    assert section.offset <= caught.value.offset <= section.offset + 24
    assert got in str(caught.value)
