"""Files of unwind data: the official vectors, those of docs/spec, and damage."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.harvest.elf.unwind_data import (
    READERS,
    Mapping,
    UnwindData,
    decode_unwind_data,
    encode_v2,
    encode_v3,
    encode_v4,
)

PATH = "0c00000000000000 2f6c69622f746573742e736f"
AVMA = "0010000000000000 0020000000000000 0010000000000000"
BASE = "0000000000000000"
HEADER = "0400000000000000 01020304"
HEADER_SVMA = "0001000000000000 0002000000000000"
FRAME = "0400000000000000 05060708 0002000000000000 0003000000000000"
TABLES = f"{BASE} {HEADER} {HEADER_SVMA} {FRAME}"

# The files of the official runner's tests (spec: symbol-harvest 5.4).
V2 = bytes.fromhex(f"01000000 {PATH} 01 3930000000000000 {AVMA} {TABLES}")
V3 = bytes.fromhex(f"02000000 {PATH} {TABLES}")
V4 = bytes.fromhex(f"03000000 {PATH} {BASE} 00 00 {FRAME}")
# Vectors of docs/spec with the same content.
V1 = bytes.fromhex(f"00000000 {PATH} {AVMA} {TABLES}")
V2_WITHOUT_TIME = bytes.fromhex(f"01000000 {PATH} 00 {AVMA} {TABLES}")
V4_WITH_HEADER = bytes.fromhex(f"03000000 {PATH} {BASE} 01 {HEADER} 01 {HEADER_SVMA} {FRAME}")

DATA = UnwindData("/lib/test.so", 0, b"\1\2\3\4", (0x100, 0x200), b"\5\6\7\x08", (0x200, 0x300))
DATA_WITHOUT_HEADER = UnwindData("/lib/test.so", 0, None, None, b"\5\6\7\x08", (0x200, 0x300))
MAPPED = Mapping(None, (0x1000, 0x2000), 0x1000)
ALL = (1, 2, 3, 4)


def test_sizes_of_the_vectors() -> None:
    files = (V2, V3, V4, V1, V2_WITHOUT_TIME, V4_WITH_HEADER)
    assert [len(one) for one in files] == [121, 88, 62, 112, 113, 90]


def test_encode() -> None:
    assert encode_v2(DATA, 12345, (0x1000, 0x2000), 0x1000) == V2
    assert encode_v2(DATA, None, (0x1000, 0x2000), 0x1000) == V2_WITHOUT_TIME
    assert encode_v3(DATA) == V3
    assert encode_v4(DATA_WITHOUT_HEADER) == V4
    assert encode_v4(DATA) == V4_WITH_HEADER


def test_encode_what_a_jit_dump_gives() -> None:
    """The vector (spec: symbol-harvest 8.3)."""
    data = UnwindData(
        "jit_py::f:/a/m.py", 0, bytes([1, 2, 3, 4]), (0, 0), bytes(range(5, 13)), (0, 0)
    )
    zeros = "0000000000000000 0000000000000000"
    path = "1100000000000000 6a69745f70793a3a663a2f612f6d2e7079"
    frame = f"0800000000000000 05060708090a0b0c {zeros}"
    v3 = bytes.fromhex(f"02000000 {path} {BASE} {HEADER} {zeros} {frame}")
    v4 = bytes.fromhex(f"03000000 {path} {BASE} 01 {HEADER} 01 {zeros} {frame}")
    assert (len(v3), len(v4)) == (97, 99)
    assert encode_v3(data) == v3
    assert encode_v4(data) == v4


@pytest.mark.parametrize("encode", [encode_v3, lambda data: encode_v2(data, None, (0, 0), 0)])
def test_only_version_4_does_without_a_header(encode: object) -> None:
    assert callable(encode)
    with pytest.raises(ValueError, match=r"/lib/test\.so: without \.eh_frame_hdr, only version 4"):
        encode(DATA_WITHOUT_HEADER)


@pytest.mark.parametrize(
    ("file", "version", "data", "mapping"),
    [
        (V1, 1, DATA, MAPPED),
        (V2, 2, DATA, MAPPED._replace(timestamp=12345)),
        (V2_WITHOUT_TIME, 2, DATA, MAPPED),
        (V3, 3, DATA, None),
        (V4, 4, DATA_WITHOUT_HEADER, None),
        (V4_WITH_HEADER, 4, DATA, None),
    ],
)
def test_decode(file: bytes, version: int, data: UnwindData, mapping: Mapping | None) -> None:
    assert decode_unwind_data(file, "x", ALL) == (version, data, mapping)


@pytest.mark.parametrize(
    ("reader", "accepted"), [(2, {V1, V2}), (3, {V3}), (4, {V3, V4, V4_WITH_HEADER})]
)
def test_what_each_reader_accepts(reader: int, accepted: set[bytes]) -> None:
    for file in (V1, V2, V3, V4, V4_WITH_HEADER):
        if file in accepted:
            decode_unwind_data(file, "x", READERS[reader])
        else:
            with pytest.raises(DamagedFile, match=r"at byte 0\. Got: version index"):
                decode_unwind_data(file, "x", READERS[reader])


def test_the_newest_reader_is_the_default() -> None:
    with pytest.raises(DamagedFile) as caught:
        decode_unwind_data(V2, "0__test.so.unwind_data")
    assert str(caught.value).startswith(
        "0__test.so.unwind_data: damaged at byte 0. Got: version index 1. "
        "Expected: version index 2 or 3. Fix: "
    )


@pytest.mark.parametrize(
    ("file", "offset", "got", "expected"),
    [
        (b"", 0, "0 bytes", "a field of 4 bytes"),
        (V3[:20], 12, "8 bytes", "a field of 12 bytes"),
        (V3[:4] + b"\xff" * 8 + V3[12:], 12, "76 bytes", "a field of 18446744073709551615 bytes"),
        (V3 + b"xy", 88, "2 more bytes", "the end of the file"),
        (V4[:32] + b"\2" + V4[33:], 32, "2", "0 or 1"),
        (V4[:12] + b"\xff" + V4[13:], 12, r"b'\xfflib/test.so'", "a path in UTF-8"),
        (b"\xff" * 60, 0, "version index 4294967295", "version index 2 or 3"),
    ],
)
def test_damage(file: bytes, offset: int, got: str, expected: str) -> None:
    with pytest.raises(DamagedFile) as caught:
        decode_unwind_data(file, "x")
    assert f"x: damaged at byte {offset}. Got: {got}. Expected: {expected}." in str(caught.value)


@pytest.mark.parametrize("file", [V1, V2, V3, V4, V4_WITH_HEADER])
def test_every_truncation(file: bytes) -> None:
    for size in range(len(file)):
        with pytest.raises(DamagedFile):
            decode_unwind_data(file[:size], "x", ALL)


@settings(max_examples=200)
@given(st.sampled_from([V1, V2, V3, V4, V4_WITH_HEADER]), st.data())
def test_any_damage(file: bytes, data: st.DataObject) -> None:
    damaged = bytearray(file)
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(file) - 1), st.integers(0, 255)), max_size=4)
    ):
        damaged[at] = value
    try:
        decode_unwind_data(bytes(damaged), "x", ALL)
    except DamagedFile:
        return


RANGES = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))


@settings(max_examples=100)
@given(
    st.builds(
        UnwindData,
        path=st.text(max_size=20),
        base_svma=st.integers(0, 2**64 - 1),
        eh_frame_hdr=st.one_of(st.none(), st.binary(max_size=20)),
        eh_frame_hdr_svma=st.one_of(st.none(), RANGES),
        eh_frame=st.binary(max_size=20),
        eh_frame_svma=RANGES,
    ),
    st.builds(
        Mapping, st.one_of(st.none(), st.integers(0, 2**64 - 1)), RANGES, st.integers(0, 2**64 - 1)
    ),
)
def test_round_trip(data: UnwindData, mapping: Mapping) -> None:
    assert decode_unwind_data(encode_v4(data), "x") == (4, data, None)
    if data.eh_frame_hdr is not None and data.eh_frame_hdr_svma is not None:
        assert decode_unwind_data(encode_v3(data), "x") == (3, data, None)
        assert decode_unwind_data(encode_v2(data, *mapping), "x", ALL) == (2, data, mapping)


def test_path_that_is_no_unicode_is_written_all_the_same() -> None:
    data = UnwindData("/a\udcff", 0, None, None, b"", (0, 0))
    assert decode_unwind_data(encode_v4(data), "x").data.path == "/a?"


def test_integers_are_little_endian() -> None:
    data = UnwindData("", 0x0102030405060708, None, None, b"", (0, 0))
    assert encode_v4(data)[12:20] == struct.pack("<Q", data.base_svma)
