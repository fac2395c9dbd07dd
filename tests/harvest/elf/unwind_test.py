"""The unwind sections of modules: ranges, bytes, and what may be missing."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from elftools.dwarf.callframe import FDE
from elftools.elf.elffile import ELFFile

from rules_codspeed.capture.elf.file import ElfError, Segment, open_elf
from rules_codspeed.harvest.elf.unwind import UnwindSections, read_unwind
from tests.capture.elf.elf_files import (
    AARCH64,
    SHT_NOBITS,
    X86_64,
    ElfImage,
    ElfSection,
    large_executable,
)
from tests.capture.elf.programs import LIBC, LIBC_ARM, NODE, compile_c, existing, objcopy

FRAME = ElfSection(".eh_frame", b"frames", addr=0x649B98)
HEADER = ElfSection(".eh_frame_hdr", b"index", addr=0x6498B0)
NON_PIE = [Segment(0, 0x400000, 0x1640, 4), Segment(0x2000, 0x402000, 0x10CEB1, 5)]


def unwind_of(path: Path, image: ElfImage, header_optional: bool = True) -> UnwindSections | None:
    image.write(path)
    with open_elf(path, "x") as elf:
        return read_unwind(elf, header_optional=header_optional)


@pytest.mark.parametrize("header_optional", [False, True])
def test_both_sections(tmp_path: Path, header_optional: bool) -> None:
    image = ElfImage(segments=NON_PIE, sections=[HEADER, FRAME])
    assert unwind_of(tmp_path / "x", image, header_optional) == UnwindSections(
        base_svma=0x400000,
        eh_frame_hdr=b"index",
        eh_frame_hdr_svma=(0x6498B0, 0x6498B5),
        eh_frame=b"frames",
        eh_frame_svma=(0x649B98, 0x649B9E),
    )


def test_header_missing(tmp_path: Path) -> None:
    image = ElfImage(segments=NON_PIE, sections=[FRAME])
    assert unwind_of(tmp_path / "x", image, header_optional=False) is None
    assert unwind_of(tmp_path / "x", image) == UnwindSections(
        0x400000, None, None, b"frames", (0x649B98, 0x649B9E)
    )


def test_nothing_to_unwind_with(tmp_path: Path) -> None:
    assert unwind_of(tmp_path / "x", ElfImage(sections=[HEADER])) is None
    assert unwind_of(tmp_path / "x", ElfImage(segments=(), sections=[HEADER, FRAME])) is None


def test_range_wraps_as_addresses_do(tmp_path: Path) -> None:
    frame = ElfSection(".eh_frame", addr=2**64 - 16, type=SHT_NOBITS, size=32)
    found = unwind_of(tmp_path / "x", ElfImage(sections=[frame]))
    assert found
    assert found.eh_frame_svma == (2**64 - 16, 16)


def test_truncated_section(tmp_path: Path) -> None:
    frame = ElfSection(".eh_frame", b"frames", size=1 << 40)
    with pytest.raises(ElfError) as caught:
        unwind_of(tmp_path / "x", ElfImage(sections=[frame]))
    assert "section .eh_frame of 1099511627776 bytes; truncated?" in str(caught.value)


def check(path: Path) -> UnwindSections:
    with path.open("rb") as file:
        elf = ELFFile(file)
        frame, header = map(elf.get_section_by_name, (".eh_frame", ".eh_frame_hdr"))
        assert frame
        expected = UnwindSections(
            base_svma=next(elf.iter_segments(type="PT_LOAD"))["p_vaddr"],
            eh_frame_hdr=header.data() if header else None,
            eh_frame_hdr_svma=(
                (header["sh_addr"], header["sh_addr"] + header["sh_size"]) if header else None
            ),
            eh_frame=frame.data(),
            eh_frame_svma=(frame["sh_addr"], frame["sh_addr"] + frame["sh_size"]),
        )
    with open_elf(path, "x") as found:
        assert read_unwind(found, header_optional=True) == expected
        assert read_unwind(found, header_optional=False) == (expected if header else None)
    return expected


@pytest.mark.parametrize("path", existing(LIBC, LIBC_ARM, NODE), ids=str)
def test_files_of_this_machine(path: Path) -> None:
    assert check(path).eh_frame


@pytest.mark.parametrize("flags", [["-g"], ["-static"], ["-no-pie", "-s"]], ids=" ".join)
def test_compiled(tmp_path: Path, flags: list[str]) -> None:
    check(compile_c(tmp_path / "program", *flags))


def test_compiled_without_the_index(tmp_path: Path) -> None:
    program = compile_c(tmp_path / "program")
    objcopy("--remove-section=.eh_frame_hdr", program)
    with open_elf(program, "x") as elf:
        assert read_unwind(elf, header_optional=False) is None
        found = read_unwind(elf, header_optional=True)
    assert found
    assert found.eh_frame_hdr is None
    assert found.eh_frame


@pytest.mark.parametrize("machine", [X86_64, AARCH64])
def test_frames_of_the_large_executable_are_real(tmp_path: Path, machine: int) -> None:
    path = tmp_path / "large"
    large_executable(path, 100_000, 500, machine)
    check(path)
    with path.open("rb") as file:
        entries = ELFFile(file).get_dwarf_info().EH_CFI_entries()
        starts = [one["initial_location"] for one in entries if isinstance(one, FDE)]
    assert len(starts) == 500
    assert starts[0] == 0x1000
    assert len({after - one for one, after in pairwise(starts)}) == 1


@pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf on this machine")
def test_index_of_the_large_executable_is_one_that_readelf_reads(tmp_path: Path) -> None:
    path = tmp_path / "large"
    large_executable(path, 100_000, 500, X86_64)
    command = ["readelf", "--debug-dump=frames", "--wide", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    assert result.stdout.count(" FDE ") == 500
