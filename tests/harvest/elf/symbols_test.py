"""Symbols as the official runner takes them: its example, each rule, any tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.harvest.elf.symbols import addr_bounds, read_symbols, symbols_map
from tests.capture.elf.elf_files import (
    AARCH64,
    ARM,
    I386,
    PPC64,
    X86_64,
    ElfImage,
    ElfSymbol,
)
from tests.harvest.elf.symbol_oracle import Row, expected


def symbols_of(path: Path, image: ElfImage) -> list[Row]:
    image.write(path)
    with open_elf(path, "x") as elf:
        return [(one.addr, one.size, one.name) for one in read_symbols(elf)]


# The example (spec: symbol-harvest 4.1).

EXAMPLE = ElfImage(
    symbols=[
        ElfSymbol(0, 0, b"puts"),
        ElfSymbol(0x1139, 61, b"work"),
        ElfSymbol(0x1176, 0, b""),
        ElfSymbol(0x4010, 0, b"_end"),
        ElfSymbol(0x1000, 0, b"_init"),
        ElfSymbol(0x1040, 0x26, b"_start"),
    ],
    dynamic=[ElfSymbol(0, 0, b"__libc_start_main"), ElfSymbol(0x1139, 61, b"work")],
)
EXAMPLE_MAP = b"""\
0 1000 __libc_start_main
1000 40 _init
1040 26 _start
1139 3d work
1139 3d work
4010 1ff0 _end
"""


def test_example_of_the_spec(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path / "image")
    with open_elf(tmp_path / "image", "x") as elf:
        symbols = read_symbols(elf)
    assert b"".join(symbols_map(symbols)) == EXAMPLE_MAP
    assert addr_bounds(symbols) == (0, 0x6000)


def test_last_symbol_on_a_page_boundary(tmp_path: Path) -> None:
    image = ElfImage(symbols=[ElfSymbol(0x1000, 0, b"a"), ElfSymbol(0x3000, 0, b"b")])
    assert symbols_of(tmp_path / "x", image) == [(0x1000, 0x2000, "a"), (0x3000, 0x1000, "b")]
    # `_end` of cpp_my_benchmark.bin (spec: symbol-harvest 4.1)
    image = ElfImage(symbols=[ElfSymbol(0x45B438, 0, b"_end")])
    assert symbols_of(tmp_path / "x", image) == [(0x45B438, 0x1BC8, "_end")]


def test_order_of_one_address_is_that_of_the_tables(tmp_path: Path) -> None:
    image = ElfImage(
        symbols=[ElfSymbol(16, 4, b"b"), ElfSymbol(8, 4, b"z"), ElfSymbol(16, 4, b"a")],
        dynamic=[ElfSymbol(16, 2, b"0"), ElfSymbol(8, 4, b"y")],
    )
    assert symbols_of(tmp_path / "x", image) == [
        (8, 4, "z"),
        (8, 4, "y"),
        (16, 4, "b"),
        (16, 4, "a"),
        (16, 2, "0"),
    ]


def test_mapping_symbols_and_their_likes(tmp_path: Path) -> None:
    names = [b"$a", b"$d", b"$t", b"$x", b"$x.", b"$d.foo", b"$x\xc3\xa4", b"$b", b"$xy", b"a$x"]
    names += [b"$", b"$$x", b"$X", b"$x.\xc3\xa4"]
    image = ElfImage(AARCH64, symbols=[ElfSymbol(i, 1, name) for i, name in enumerate(names)])
    kept = [name for _, _, name in symbols_of(tmp_path / "x", image)]
    assert kept == ["$xä", "$b", "$xy", "a$x", "$", "$$x", "$X"]


def test_names_that_are_no_utf8_are_dropped_before_sizes_are_fixed(tmp_path: Path) -> None:
    image = ElfImage(
        symbols=[
            ElfSymbol(0x10, 0, "größe".encode()),
            ElfSymbol(0x20, 4, b"\xff\xfe"),
            ElfSymbol(0x30, 4, "\U0001f600 \u00e9".encode()),
            ElfSymbol(0x40, 4, b"\xed\xa0\x80"),
        ]
    )
    assert symbols_of(tmp_path / "x", image) == [
        (0x10, 0x20, "größe"),
        (0x30, 4, "\U0001f600 \u00e9"),
    ]


def test_all_kinds_of_symbols_are_taken(tmp_path: Path) -> None:
    kinds = [ElfSymbol(8 * i, 8, b"kind_%d" % i, info=i, shndx=i % 3) for i in range(16)]
    found = symbols_of(tmp_path / "x", ElfImage(symbols=kinds))
    assert found == [(8 * i, 8, f"kind_{i}") for i in range(16)]


def test_no_symbols(tmp_path: Path) -> None:
    assert symbols_of(tmp_path / "x", ElfImage()) == []
    assert symbols_of(tmp_path / "x", ElfImage(symbols=[ElfSymbol(1, 1, b"")])) == []
    assert addr_bounds([]) is None
    assert list(symbols_map([])) == []


@pytest.mark.parametrize(
    ("machine", "is_64", "little_endian"),
    [
        (X86_64, True, True),
        (PPC64, True, False),
        (I386, False, True),
        (ARM, False, False),
    ],
)
@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 64), st.integers(0, 2**32 - 1)),
            st.one_of(st.just(0), st.integers(0, 2**32 - 1)),
            st.text("$axd.é\n ", max_size=4),
        ),
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_any_symbols(
    tmp_path_factory: pytest.TempPathFactory,
    machine: int,
    is_64: bool,
    little_endian: bool,
    rows: list[Row],
    split: int,
) -> None:
    symbols = [ElfSymbol(addr, size, name.encode()) for addr, size, name in rows]
    image = ElfImage(
        machine, is_64, little_endian, symbols=symbols[:split], dynamic=symbols[split:]
    )
    path = tmp_path_factory.mktemp("any") / "image"
    found = symbols_of(path, image)
    assert found == expected(rows)
    with open_elf(path, "x") as elf:
        bounds = addr_bounds(read_symbols(elf))
    assert bounds == (
        (min(row[0] for row in found), max(row[0] + row[1] for row in found)) if found else None
    )


# The map.


def test_map_with_a_bias() -> None:
    symbols = [Symbol(0x1139, 0x3D, "work(int, char)"), Symbol(0xFFFF_FFFF_FFFF_F000, 1, "é")]
    lines = b"".join(symbols_map(symbols, 0x5555_5555_4000)).decode().splitlines()
    assert lines == ["555555555139 3d work(int, char)", "555555553000 1 é"]


def test_map_of_many_lines_comes_in_blocks() -> None:
    symbols = [Symbol(i, 1, f"f{i}") for i in range(20_000)]
    blocks = list(symbols_map(symbols))
    assert len(blocks) == 3
    assert all(block.endswith(b"\n") for block in blocks)
    assert b"".join(blocks).decode() == "".join(f"{i:x} 1 f{i}\n" for i in range(20_000))


def test_a_name_cannot_make_a_line_of_its_own() -> None:
    symbols = [Symbol(1, 1, "a\n0 ffffff evil"), Symbol(2, 1, "b")]
    assert b"".join(symbols_map(symbols)) == b"1 1 a 0 ffffff evil\n2 1 b\n"


def test_bounds_stay_within_64_bits() -> None:
    assert addr_bounds([Symbol(2**64 - 16, 4096, "last")]) == (2**64 - 16, 2**64 - 1)


# A separate debug file (spec: symbol-harvest 4.2).


def test_symbols_of_a_debug_file(tmp_path: Path) -> None:
    ElfImage(dynamic=[ElfSymbol(16, 4, b"a"), ElfSymbol(32, 0, b"b")]).write(tmp_path / "x")
    ElfImage(
        symbols=[
            ElfSymbol(16, 8, b"a"),
            ElfSymbol(16, 4, b"alias"),
            ElfSymbol(40, 4, b"local"),
            ElfSymbol(40, 4, b"local"),
        ],
        dynamic=[ElfSymbol(32, 0, b"b"), ElfSymbol(33, 1, b"b")],
    ).write(tmp_path / "x.debug")
    with open_elf(tmp_path / "x", "x") as elf, open_elf(tmp_path / "x.debug", "d") as debug:
        found = [tuple(one) for one in read_symbols(elf, debug)]
    # What the module has is not taken again; what the debug file has twice is.
    assert found == [
        (16, 4, "a"),
        (16, 4, "alias"),
        (32, 1, "b"),
        (33, 1, "b"),
        (40, 4, "local"),
        (40, 4, "local"),
    ]
