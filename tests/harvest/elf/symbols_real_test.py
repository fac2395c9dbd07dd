"""Symbols of real files, against pyelftools and readelf."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.file import ElfFile, open_elf
from rules_codspeed.harvest.elf.symbols import read_symbols
from tests.capture.elf.elf_files import AARCH64, X86_64, large_executable
from tests.capture.elf.programs import LIBC, LIBC_ARM, NODE, compile_c, existing, objcopy
from tests.harvest.elf.symbol_oracle import Row, expected, oracle, rows_of_readelf


def check(elf: ElfFile, rows: list[Row]) -> None:
    assert [tuple(one) for one in read_symbols(elf)] == expected(rows)


@pytest.mark.parametrize("path", existing(LIBC, LIBC_ARM, Path("/bin/ls")), ids=str)
def test_files_of_this_machine(path: Path) -> None:
    with open_elf(path, "x") as elf:
        check(elf, oracle(path))


@pytest.mark.parametrize(
    "flags",
    [["-g"], ["-s"], ["-static"], ["-m32", "-shared", "-fPIC", "-nostdlib"], ["-static", "-s"]],
    ids=" ".join,
)
def test_compiled(tmp_path: Path, flags: list[str]) -> None:
    path = compile_c(tmp_path / "program", *flags)
    rows = oracle(path)
    with open_elf(path, "x") as elf:
        check(elf, rows)
        assert any(name == "work" for _, _, name in rows) == ("-s" not in flags)


@pytest.mark.parametrize(("machine", "name"), [(X86_64, "EM_X86_64"), (AARCH64, "EM_AARCH64")])
def test_the_large_executable_of_the_benchmarks(tmp_path: Path, machine: int, name: str) -> None:
    path = tmp_path / "large"
    large_executable(path, 400_000, 2000, machine)
    assert abs(path.stat().st_size - 400_000) < 40_000
    with open_elf(path, "x") as elf:
        check(elf, oracle(path))
        assert elf.machine == name
        assert len(read_symbols(elf)) == 2000 + 100 + 1


@pytest.mark.skipif(not NODE.is_file() or not shutil.which("readelf"), reason="no node, no readelf")
def test_node_against_readelf() -> None:
    command = ["readelf", "--syms", "--wide", str(NODE)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = rows_of_readelf(text)
    with open_elf(NODE, "node") as elf:
        found = [(addr, size, name.split("@")[0]) for addr, size, name in read_symbols(elf)]
    assert len(found) > 10_000
    wanted = expected(rows)
    assert [row[:2] for row in found] == [row[:2] for row in wanted]
    assert found == wanted


def test_debug_file_gives_back_what_strip_took(tmp_path: Path) -> None:
    program = compile_c(tmp_path / "program", "-g")
    objcopy("--only-keep-debug", program, tmp_path / "debug")
    objcopy("--strip-all", program, tmp_path / "stripped")
    with (
        open_elf(program, "p") as whole,
        open_elf(tmp_path / "stripped", "s") as stripped,
        open_elf(tmp_path / "debug", "d") as debug,
    ):
        assert not any(one.name == "work" for one in read_symbols(stripped))
        # Linkers write some names with the version, and others without.
        merged = {(one.addr, one.name.split("@")[0]) for one in read_symbols(stripped, debug)}
        assert {(one.addr, one.name.split("@")[0]) for one in read_symbols(whole)} == merged
