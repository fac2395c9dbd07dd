"""Programs of every version, width, byte order and encoding, and what is known about them."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Literal

import pytest

from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.harvest.debug_info import DebugInfo, read_debug_info
from rules_codspeed.harvest.dwarf.damage import Warnings
from rules_codspeed.harvest.dwarf.lookup import Lookup
from rules_codspeed.harvest.elf.symbols import read_symbols
from tests.capture.elf.elf_files import AARCH64, ARM, PPC64, X86_64
from tests.harvest.dwarf.dwarf_files import program
from tests.harvest.dwarf.dwarf_writer import Style

ORDERS: tuple[Literal["little", "big"], ...] = ("little", "big")
STYLES = [
    Style(version, offset_size, address_size, order, sibling, indexed)
    for version, offset_size, address_size, sibling, indexed in product(
        (2, 3, 4, 5), (4, 8), (4, 8), (False, True), (False, True)
    )
    for order in ORDERS
    # 64-bit DWARF came with version 3, indices with version 5.
    if (version > 2 or offset_size == 4) and (version == 5 or not indexed)
]


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_each_style(style: Style) -> None:
    made = program(style, 4, 9)
    warnings = Warnings()
    found = Lookup(made.sections, warnings).locate(one.symbol.addr for one in made.expected)
    assert {address: tuple(location) for address, location in found.items()} == {
        one.symbol.addr: (one.file, one.line) for one in made.expected
    }
    assert warnings.sentences() == []


@pytest.mark.parametrize(
    ("style", "machine", "is_64"),
    [
        (Style(4), X86_64, True),
        (Style(5), AARCH64, True),
        (Style(5, order="big", indexed=True), PPC64, True),
        (Style(3, address_size=4), ARM, False),
    ],
)
def test_through_an_elf_file(tmp_path: Path, style: Style, machine: int, is_64: bool) -> None:
    made = program(style, 3, 8)
    path = tmp_path / "program"
    made.elf(machine, is_64).write(path)
    warnings: list[str] = []
    with open_elf(path, "program") as elf:
        infos = read_debug_info(elf, read_symbols(elf), warnings)
    assert infos == [DebugInfo(*one.symbol, one.file, one.line) for one in made.expected]
    assert warnings == []
