"""What identifies an object file: its build id, and the version of a C library."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.provenance import ObjectFile
from rules_codspeed.measure.stage.objects.object_file import (
    is_libc,
    is_loader,
    read_loader,
    read_object_file,
)
from tests.measure.stage.elf_files import PT_INTERP, PT_NOTE, elf, note

ID = bytes(range(20))
GLIBC = b"\0GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\n\0"
LOADER = b"\0ld.so (Ubuntu GLIBC 2.43-1) development release version 2.43.9000.\n\0"


def described(folder: Path, content: bytes, name: str = "libx.so") -> ObjectFile:
    file = folder / "object"
    file.write_bytes(content)
    return read_object_file(str(file), name)


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("align", [4, 8])
def test_build_id(tmp_path: Path, wide: bool, order: str, align: int) -> None:
    content = elf(
        (1, b"code"), (PT_NOTE, note(ID, order, align)), wide=wide, order=order, align=align
    )
    assert described(tmp_path, content) == ObjectFile("libx.so", "", ID.hex())


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("libc.so.6", GLIBC, "2.36"),
        ("libc-2.31.so", GLIBC, "2.36"),
        ("ld-linux-x86-64.so.2", LOADER, "2.43.9000"),
        ("ld-musl-x86_64.so.1", b"\0" + b"1.2.3\0", "1.2.3"),
        ("libc.so.6", b"", ""),
        # The text alone does not make a C library.
        ("libstdc++.so.6", GLIBC, ""),
    ],
)
def test_version(tmp_path: Path, name: str, text: bytes, version: str) -> None:
    content = elf((PT_NOTE, note(ID)), text=text)
    assert described(tmp_path, content, name) == ObjectFile(name, version, ID.hex())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x7fELF",
        b"#!/bin/sh\n",
        elf((PT_NOTE, note(b""))),
        elf((PT_NOTE, note(bytes(65)))),
        elf((PT_NOTE, note(ID)))[:70],
    ],
)
def test_no_build_id(tmp_path: Path, content: bytes) -> None:
    assert described(tmp_path, content) == ObjectFile("libx.so", "", "")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert read_object_file(str(tmp_path / "no"), "x") == ObjectFile("x", "", "")


def test_only_the_beginning_of_a_file_is_searched(tmp_path: Path) -> None:
    """A program may name any file, such as a sparse one of terabytes."""
    file = tmp_path / "object"
    with file.open("wb") as stream:
        stream.write(elf((PT_NOTE, note(ID))))
        stream.seek(300 << 20)
        stream.write(GLIBC)
    assert read_object_file(str(file), "libc.so.6") == ObjectFile("libc.so.6", "", ID.hex())


def test_only_the_beginning_of_notes_is_searched(tmp_path: Path) -> None:
    content = elf((PT_NOTE, bytes(12 * 100_000) + note(ID)))
    assert described(tmp_path, content) == ObjectFile("libx.so", "", "")


def test_a_name_of_any_bytes_can_be_written(tmp_path: Path) -> None:
    found = described(tmp_path, elf((PT_NOTE, note(ID))), os.fsdecode(b"odd\xff\n.so"))
    assert found == ObjectFile("odd? .so", "", ID.hex())


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "object"
    file.write_bytes(elf((PT_NOTE, content), (PT_INTERP, content)) + content)
    read_object_file(str(file), "libc.so.6")
    read_loader(str(file))


def test_loader(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_bytes(elf((PT_INTERP, b"/lib64/ld-linux-x86-64.so.2\0")))
    assert read_loader(str(file)) == "/lib64/ld-linux-x86-64.so.2"
    file.write_bytes(elf((PT_NOTE, note(ID))))
    assert read_loader(str(file)) == ""
    file.write_bytes(b"")
    assert read_loader(str(file)) == ""


@pytest.mark.parametrize(
    ("name", "loader", "libc"),
    [
        ("ld-linux-x86-64.so.2", True, False),
        ("ld-linux-aarch64.so.1", True, False),
        ("ld-2.31.so", True, False),
        ("ld64.so.2", True, False),
        ("libc.so.6", False, True),
        ("libc-2.31.so", False, True),
        ("ld-musl-x86_64.so.1", True, True),
        ("libc++.so.1", False, False),
        ("libcrypt.so.1", False, False),
        ("ld.gold", False, False),
    ],
)
def test_roles(name: str, loader: bool, libc: bool) -> None:
    assert (is_loader(name), is_libc(name)) == (loader, libc)


def test_as_readelf_reads_it() -> None:
    readelf = shutil.which("readelf")
    if not readelf:
        pytest.skip("no readelf on this machine")
    python = str(Path(sys.executable).resolve())
    loader = read_loader(python)
    for path in filter(None, [python, loader]):
        printed = subprocess.run([readelf, "-n", path], capture_output=True, text=True, check=True)
        found = read_object_file(path, "x").build_id
        assert (
            (f"Build ID: {found}" in printed.stdout) if found else "Build ID" not in printed.stdout
        )
