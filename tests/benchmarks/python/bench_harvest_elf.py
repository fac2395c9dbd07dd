"""The ELF reader of the harvest on an executable of 1 MB with 3000 symbols, in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from pytest_codspeed import BenchmarkFixture

from rules_codspeed.capture.elf.file import ElfError, ElfFile
from rules_codspeed.harvest.elf.symbols import read_symbols, symbols_map
from rules_codspeed.harvest.elf.unwind import read_unwind
from rules_codspeed.harvest.elf.unwind_data import UnwindData, encode_v4
from tests.capture.elf.elf_files import AARCH64, X86_64, large_executable


def executable(machine: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large")
        large_executable(path, 1_000_000, 3000, machine)
        return path.read_bytes()


MACHINES = {"x86_64": executable(X86_64), "aarch64": executable(AARCH64)}


@pytest.mark.parametrize("machine", MACHINES)
def test_symbols(benchmark: BenchmarkFixture, machine: str) -> None:
    def run() -> int:
        with ElfFile(MACHINES[machine], "large") as elf:
            return len(read_symbols(elf))

    assert benchmark(run) == 3151


def test_symbols_map(benchmark: BenchmarkFixture) -> None:
    with ElfFile(MACHINES["x86_64"], "large") as elf:
        symbols = read_symbols(elf)
    assert benchmark(lambda: sum(map(len, symbols_map(symbols)))) > 100_000


@pytest.mark.parametrize("machine", MACHINES)
def test_unwind_data(benchmark: BenchmarkFixture, machine: str) -> None:
    def run() -> int:
        with ElfFile(MACHINES[machine], "large") as elf:
            found = read_unwind(elf, header_optional=True)
        assert found
        return len(
            encode_v4(
                UnwindData(
                    "large",
                    found.base_svma,
                    found.eh_frame_hdr,
                    found.eh_frame_hdr_svma,
                    found.eh_frame,
                    found.eh_frame_svma,
                )
            )
        )

    assert benchmark(run) > 90_000


def test_sections_of_a_file_cut_short(benchmark: BenchmarkFixture) -> None:
    """A damaged file: only its head is read."""
    cut = MACHINES["x86_64"][:-1]

    def run() -> str:
        with pytest.raises(ElfError) as caught:
            ElfFile(cut, "large")
        return str(caught.value)

    assert "truncated?" in benchmark(run)
