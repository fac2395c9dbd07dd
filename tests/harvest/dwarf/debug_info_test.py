"""What the harvest asks for: the debug information of the symbols of a module."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.file import ElfError, open_elf
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.harvest.debug_info import DebugInfo, bounds, read_debug_info
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.capture.elf.elf_files import SHF_COMPRESSED, ElfImage, ElfSection
from tests.harvest.dwarf.dwarf_files import SECTIONS, Program
from tests.harvest.dwarf.dwarf_writer import Style
from tests.harvest.dwarf.units import END, FUNCTION, LAST, Small

MAIN = "/build/main.c"


def read(path: Path, image: ElfImage, symbols: list[Symbol]) -> tuple[list[DebugInfo], list[str]]:
    image.write(path)
    warnings: list[str] = []
    with open_elf(path, "/lib/x.so") as elf:
        return read_debug_info(elf, symbols, warnings), warnings


def image(sections: Sections) -> ElfImage:
    return Program(sections, []).elf()


def small() -> Sections:
    one = Small()
    return one.sections(one.code(FUNCTION, 0x1000, LAST), END)


def test_by_address_and_else_in_order(tmp_path: Path) -> None:
    symbols = [
        Symbol(0x1200, 8, "c"),
        Symbol(0x1000, 5, "b"),
        Symbol(0x1000, 4, "a"),
        Symbol(0x9000, 4, "data"),
        Symbol(0x1000, 4, "a"),
        Symbol(0, 0x1000, "bogus"),
    ]
    infos, warnings = read(tmp_path / "x", image(small()), symbols)
    assert infos == [
        DebugInfo(0x1000, 5, "b", MAIN, 10),
        DebugInfo(0x1000, 4, "a", MAIN, 10),
        DebugInfo(0x1000, 4, "a", MAIN, 10),
        DebugInfo(0x1200, 8, "c", MAIN, 30),
    ]
    assert warnings == []
    assert bounds(infos) == (0x1000, 0x1208)


def test_bounds() -> None:
    assert bounds([]) is None
    top = 2**64 - 1
    infos = [DebugInfo(5, 900, "a", "f", 1), DebugInfo(7, 2, "b", "f", None)]
    assert bounds(infos) == (5, 905)
    assert bounds([*infos, DebugInfo(top - 1, 9, "c", "f", 1)]) == (5, top)


def test_without_debug_information(tmp_path: Path) -> None:
    plain = ElfImage(sections=[ElfSection(".text", b"code")])
    assert read(tmp_path / "x", plain, [Symbol(0, 4, "f")]) == ([], [])
    assert read(tmp_path / "y", image(small()), []) == ([], [])


@pytest.mark.parametrize("gnu", [False, True])
def test_compressed_sections(tmp_path: Path, gnu: bool) -> None:
    sections = []
    for name in SECTIONS:
        data = bytes(getattr(small(), name))
        packed = zlib.compress(data)
        size = len(data)
        if gnu:
            raw = b"ZLIB" + size.to_bytes(8, "big") + packed
            sections.append(ElfSection(f".zdebug_{name}", raw, addr=0))
        else:
            head = (1).to_bytes(8, "little") + size.to_bytes(8, "little") + bytes(8)
            sections.append(
                ElfSection(f".debug_{name}", head + packed, flags=SHF_COMPRESSED, addr=0)
            )
    infos, warnings = read(tmp_path / "x", ElfImage(sections=sections), [Symbol(0x1000, 4, "f")])
    assert infos == [DebugInfo(0x1000, 4, "f", MAIN, 10)]
    assert warnings == []


def test_what_is_skipped_is_reported_briefly(tmp_path: Path) -> None:
    good = small()
    bad = Style(4).sized(b"\x09\0")
    sections = replace(good, info=bad * 30 + bytes(good.info))
    infos, warnings = read(tmp_path / "x", image(sections), [Symbol(0x1000, 4, "f")])
    assert len(infos) == 1
    assert len(warnings) == 11
    assert warnings[1] == (
        "/lib/x.so: .debug_info at byte 6: DWARF 9 instead of a version from 2 to 5"
    )
    assert warnings[-1] == "/lib/x.so: and 20 more"


def test_one_error_when_nothing_can_be_read(tmp_path: Path) -> None:
    sections = replace(small(), info=Style(4).sized(b"\x09\0") * 3)
    with pytest.raises(DamagedFile) as caught:
        read(tmp_path / "x", image(sections), [Symbol(0x1000, 4, "f")])
    text = str(caught.value)
    assert text.startswith("/lib/x.so, section .debug_info: damaged at byte 0. Got: DWARF 9.")
    assert " Expected: a version from 2 to 5. Fix: " in text


def test_sections_that_cannot_be_decompressed(tmp_path: Path) -> None:
    def with_damaged(name: str) -> ElfImage:
        whole = image(small())
        head = (1).to_bytes(8, "little") + (50).to_bytes(8, "little") + bytes(8)
        return replace(
            whole,
            sections=[
                replace(one, data=head + b"junk", flags=SHF_COMPRESSED)
                if one.name == f".debug_{name}"
                else one
                for one in whole.sections
            ],
        )

    symbols = [Symbol(0x1000, 4, "f")]
    with pytest.raises(ElfError, match="while decompressing"):
        read(tmp_path / "x", with_damaged("info"), symbols)
    with pytest.raises(DamagedFile, match=r"section \.debug_abbrev"):
        read(tmp_path / "y", with_damaged("abbrev"), symbols)
