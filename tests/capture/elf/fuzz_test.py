"""Damaged ELF files and any bytes: all that can be asked of them is answered, or an ElfError."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.elf.file import ElfError, ElfFile
from rules_codspeed.harvest.elf.symbols import read_symbols, symbols_map
from rules_codspeed.harvest.elf.unwind import read_unwind
from tests.capture.elf.elf_files import (
    PPC64,
    SHF_COMPRESSED,
    X86_64,
    ElfImage,
    ElfSection,
    ElfSymbol,
    large_executable,
)
from tests.capture.elf.programs import compile_c


def survey(data: bytes) -> None:
    """Asks for all that can be asked; an ElfError is an answer."""
    try:
        elf = ElfFile(data, "x")
    except ElfError:
        return
    with elf:
        assert len(elf.build_id) <= 64
        assert elf.debug_link is None or "/" not in elf.debug_link[0]
        for section in elf.sections:
            try:
                assert len(elf.contents(section)) <= max(len(data) * 101, 17 << 20)
            except ElfError:
                continue
        try:
            symbols = read_symbols(elf)
        except ElfError:
            symbols = []
        assert all(one.size > 0 and one.name for one in symbols)
        assert all(one.addr <= after.addr for one, after in pairwise(symbols))
        assert b"".join(symbols_map(symbols)).count(b"\n") == len(symbols)
        try:
            read_unwind(elf, header_optional=True)
        except ElfError:
            return


SMALL = ElfImage(
    sections=[
        ElfSection(".eh_frame", b"frame"),
        ElfSection(".eh_frame_hdr", b"index"),
        ElfSection(
            ".debug_info",
            struct.pack(">IIQQ", 1, 0, 4, 1) + zlib.compress(b"1234"),
            flags=SHF_COMPRESSED,
        ),
        ElfSection(".zdebug_str", b"ZLIB" + bytes(7) + b"\4" + zlib.compress(b"1234")),
    ],
    symbols=[ElfSymbol(i, i % 3, b"symbol_%d" % i) for i in range(8)],
    dynamic=[ElfSymbol(0, 0, b"import")],
    build_id=b"0123",
    debug_link=(b"x.debug", 1),
)
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 1 << 20),
        st.one_of(
            st.binary(min_size=1, max_size=1),
            st.sampled_from([b"\xff" * 2, b"\xff" * 4, b"\xff" * 8, bytes(8), b"\x80" + bytes(7)]),
        ),
    ),
    min_size=1,
    max_size=6,
)


def damaged(data: bytes, changes: list[tuple[int, bytes]], cut: int) -> bytes:
    """Overwrites bytes: half of them in the ELF header and the section headers."""
    result = bytearray(data)
    order = "<" if data[5] == 1 else ">"
    table = struct.unpack_from(order + "Q", data, 40)[0] if data[4] == 2 else 64
    heads = [*range(64), *range(table, len(data))]
    for at, value in changes:
        place = at // 2 % len(data) if at % 2 else heads[at // 2 % len(heads)]
        result[place : place + len(value)] = value
    return bytes(result[: len(result) - cut % 64 if cut % 4 == 3 else len(result)])


@settings(max_examples=300)
@given(st.booleans(), st.booleans(), CHANGES, st.integers(0, 255))
def test_damaged_image(
    tmp_path_factory: pytest.TempPathFactory,
    is_64: bool,
    little_endian: bool,
    changes: list[tuple[int, bytes]],
    cut: int,
) -> None:
    small = replace(SMALL, machine=PPC64, is_64=is_64, little_endian=little_endian)
    path = tmp_path_factory.mktemp("damaged") / "image"
    small.write(path)
    data = path.read_bytes()
    survey(data)
    survey(damaged(data, changes, cut))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real program; a made one where there is no compiler."""
    folder = tmp_path_factory.mktemp("real")
    large_executable(folder / "made", 20_000, 50, X86_64)
    try:
        return compile_c(folder / "program", "-g", "-gz").read_bytes()
    except pytest.skip.Exception:
        return (folder / "made").read_bytes()


@settings(max_examples=300)
@given(CHANGES, st.integers(0, 255))
def test_damaged_program(real: bytes, changes: list[tuple[int, bytes]], cut: int) -> None:
    survey(damaged(real, changes, cut))


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\x7fELF\2\1\1", b"\x7fELF\1\2\1"]))
def test_any_bytes(data: bytes, start: bytes) -> None:
    survey(start + data)
