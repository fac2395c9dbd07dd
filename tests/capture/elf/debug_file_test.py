"""Where the separate debug file of a module is looked for (spec: symbol-harvest 4.2)."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest

from rules_codspeed.capture.elf.debug_file import (
    DEBUG_FOLDERS,
    DEBUG_FOLDERS_WITH_NIXOS,
    find_debug_file,
)
from rules_codspeed.capture.elf.file import open_elf
from tests.capture.elf.elf_files import ElfImage
from tests.capture.elf.programs import compile_c, objcopy

DEBUG = b"a debug file"
CRC = zlib.crc32(DEBUG)


class Machine:
    """A module, and folders for debug files."""

    def __init__(self, root: Path, build_id: bytes = b"", link: bytes = b"m.debug") -> None:
        self.first = root / "debug"
        self.second = root / "other"
        self.module = root / "lib" / "m.so"
        self.module.parent.mkdir()
        debug_link = (link, CRC) if link else None
        ElfImage(build_id=build_id, debug_link=debug_link).write(self.module)

    def find(self) -> Path | None:
        with open_elf(self.module, "m.so") as elf:
            return find_debug_file(elf, str(self.module), [self.first, self.second])


def put(path: Path, content: bytes = DEBUG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_order_within_a_folder_and_between_folders(tmp_path: Path) -> None:
    machine = Machine(tmp_path, bytes.fromhex("ab0102"))
    beside = machine.module.parent
    mirrored = str(beside)[1:]
    places = [
        machine.first / ".build-id/ab/0102.debug",
        beside / "m.debug",
        beside / ".debug/m.debug",
        machine.first / mirrored / "m.debug",
        machine.second / ".build-id/ab/0102.debug",
        machine.second / mirrored / "m.debug",
    ]
    for place in places:
        put(place)
    for place in places:
        assert machine.find() == place
        place.unlink()
    assert machine.find() is None


def test_without_the_folders_nothing_is_looked_for(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    beside = put(machine.module.parent / "m.debug")
    assert machine.find() is None
    put(machine.first, b"no folder")
    assert machine.find() is None
    machine.second.mkdir()
    assert machine.find() == beside


def test_the_build_id_is_enough(tmp_path: Path) -> None:
    machine = Machine(tmp_path, bytes.fromhex("ab01"), link=b"")
    wanted = put(machine.first / ".build-id/ab/01.debug", b"whatever it holds")
    assert machine.find() == wanted


@pytest.mark.parametrize("build_id", [b"", b"\xab", bytes(65)])
def test_build_id_of_a_senseless_size(tmp_path: Path, build_id: bytes) -> None:
    machine = Machine(tmp_path, build_id, link=b"")
    put(machine.first / ".build-id" / build_id.hex()[:2] / f"{build_id.hex()[2:]}.debug")
    assert machine.find() is None


def test_another_checksum_or_no_file_is_passed_over(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.first.mkdir()
    put(machine.module.parent / "m.debug", b"of another build")
    os.mkfifo(put(machine.module.parent / ".debug/x").parent / "m.debug")
    assert machine.find() is None
    wanted = put(machine.first / str(machine.module.parent)[1:] / "m.debug")
    assert machine.find() == wanted


def test_checksum_of_a_large_file(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    machine = Machine(tmp_path, link=b"")
    ElfImage(debug_link=(b"large", zlib.crc32(content))).write(machine.module)
    machine.first.mkdir()
    wanted = put(machine.module.parent / "large", content)
    assert machine.find() == wanted


def test_a_link_names_no_place(tmp_path: Path) -> None:
    machine = Machine(tmp_path, link=b"../m.debug")
    machine.first.mkdir()
    put(tmp_path / "m.debug")
    assert machine.find() is None


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    machine = Machine(tmp_path, link=b"m" * 3000)
    machine.first.mkdir()
    assert machine.find() is None


def test_link_that_objcopy_made(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    program = compile_c(machine.module, "-g", "-shared", "-fPIC", "-Wl,--build-id=none")
    debug = machine.module.with_name("real.debug")
    objcopy("--only-keep-debug", program, debug)
    objcopy("--strip-debug", f"--add-gnu-debuglink={debug}", program)
    machine.second.mkdir()
    assert machine.find() == debug


def test_folders_of_the_official_runner() -> None:
    assert [str(folder) for folder in DEBUG_FOLDERS] == ["/usr/lib/debug"]
    assert [str(folder) for folder in DEBUG_FOLDERS_WITH_NIXOS] == [
        "/usr/lib/debug",
        "/run/current-system/sw/lib/debug",
    ]
