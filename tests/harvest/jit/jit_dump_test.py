"""The reader of jit dumps: the vector, both byte orders, and damage."""

from __future__ import annotations

import contextlib
import os
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.harvest.jit.jit_dump import JitDump, JitFunction, read_jit_dump
from tests.harvest.jit_dumps import header, load, record, unwinding, vector

# (spec: symbol-harvest 8.3)
HEX = """
4454694a 01000000 28000000 3e000000 00000000 92100000 0700000000000000 0000000000000000
04000000 38000000 6400000000000000 0c00000000000000 0400000000000000 1000000000000000
  0102030405060708090a0b0c 00000000
00000000 51000000 6500000000000000 92100000 92100000 00100000007f0000 00100000007f0000
  0b00000000000000 0100000000000000 70793a3a663a2f612f6d2e707900 9090909090909090909090
"""
FUNCTION = JitFunction(
    0x7F0000001000, 11, "py::f:/a/m.py", 101, (bytes([1, 2, 3, 4]), bytes(range(5, 13)))
)


def read(folder: Path, data: bytes) -> JitDump:
    file = folder / "jit.dump"
    file.write_bytes(data)
    return read_jit_dump(file, "jit-4242.dump")


def damage(folder: Path, data: bytes) -> str:
    with pytest.raises(DamagedFile) as caught:
        read(folder, data)
    return str(caught.value)


def test_vector(tmp_path: Path) -> None:
    assert vector() == bytes.fromhex(HEX)
    assert len(vector()) == 177
    assert read(tmp_path, vector()) == JitDump([FUNCTION])


def test_other_byte_order(tmp_path: Path) -> None:
    data = header(order=">") + unwinding(100, b"abcdef", 2, ">")
    data += load(101, 0x1000, b"f", b"\x90", order=">")
    assert read(tmp_path, data).functions == [JitFunction(0x1000, 1, "f", 101, (b"ab", b"cdef"))]


def test_longer_header_is_skipped(tmp_path: Path) -> None:
    data = header(size=48) + bytes(8) + load(1, 0x1000, b"f", b"\x90")
    assert read(tmp_path, data).functions == [JitFunction(0x1000, 1, "f", 1, None)]


def test_unwinding_data_is_used_once_and_the_last_counts(tmp_path: Path) -> None:
    data = header() + unwinding(1, b"old", 1) + unwinding(2, b"new", 1)
    data += load(3, 0x1000, b"f", b"\x90") + load(4, 0x2000, b"g", b"\x90")
    first, second = read(tmp_path, data).functions
    assert (first.unwinding, second.unwinding) == ((b"n", b"ew"), None)


def test_other_records_are_counted(tmp_path: Path) -> None:
    data = header() + b"".join(record(kind, 1, b"") for kind in (1, 2, 3, 77))
    assert read(tmp_path, data) == JitDump([], 4)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    data = header() + load(1, 0x1000, b"a\xff\xe2\x82b", b"\x90") + load(2, 0x2000, b"", b"")
    first, second = read(tmp_path, data).functions
    assert (first.name, second.name, second.size) == ("a\ufffd\ufffdb", "", 0)


@pytest.mark.parametrize("cut", [1, 11, 40, 80])
def test_cut_record_is_the_end(tmp_path: Path, cut: int) -> None:
    assert read(tmp_path, vector()[:-cut]).functions == []


LOAD = struct.pack("<IIQQQQ", 1, 1, 0x1000, 0x1000, 4, 1)


@pytest.mark.parametrize(
    ("data", "offset", "got"),
    [
        (b"", 0, "an empty file"),
        (b"\x7fELF" + bytes(60), 0, "b'\\x7fELF'"),
        (header()[:39], 39, "the end of the file"),
        (header(size=39), 8, "a header of 39 bytes"),
        (header() + struct.pack("<IIQ", 0, 15, 0), 44, "a record of 15 bytes"),
        (header() + struct.pack("<IIQ", 2, 0, 0), 44, "a record of 0 bytes"),
        (header() + record(0, 1, LOAD[:39]), 56, "39 bytes"),
        (header() + record(0, 1, LOAD + b"name"), 96, "a name without an end"),
        (header() + record(0, 1, LOAD + b"f\0abc"), 56, "4 bytes of code in 3"),
        (
            header() + load(1, 2**64 - 1, b"f", b"\x90"),
            56,
            "code at 0xffffffffffffffff+0x1",
        ),
        (header() + record(4, 1, bytes(23)), 56, "23 bytes"),
        (
            header() + record(4, 1, struct.pack("<QQQ", 5, 1, 0) + b"abcd"),
            56,
            "a header of 1 in 5 bytes of 4",
        ),
        (
            header() + record(4, 1, struct.pack("<QQQ", 3, 4, 0) + b"abcd"),
            56,
            "a header of 4 in 3 bytes of 4",
        ),
    ],
)
def test_damage(tmp_path: Path, data: bytes, offset: int, got: str) -> None:
    text = damage(tmp_path, data)
    assert text.startswith(f"jit-4242.dump: damaged at byte {offset}. Got: {got}. Expected: ")
    assert re.search(r"\. Fix: .+\.$", text)


def test_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(DamagedFile, match="not a regular file"):
        read_jit_dump(tmp_path / "fifo", "jit-1.dump")
    with pytest.raises(FileNotFoundError):
        read_jit_dump(tmp_path / "none", "jit-1.dump")


@given(st.data())
@settings(max_examples=300)
def test_changed_bytes_end_in_functions_or_in_the_one_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    dump = bytearray(vector() + load(200, 0x1000, b"g", b"\x90" * 20) + record(1, 3, bytes(8)))
    for _ in range(data.draw(st.integers(1, 4))):
        dump[data.draw(st.integers(0, len(dump) - 1))] = data.draw(st.integers(0, 255))
    del dump[data.draw(st.integers(0, len(dump))) :]
    folder = tmp_path_factory.getbasetemp()
    with contextlib.suppress(DamagedFile):
        functions = read(folder, bytes(dump)).functions
        assert sum(one.size for one in functions) <= len(dump)
        assert all(one.addr + one.size < 2**64 for one in functions)
