"""ExecutionTimestamps.msgpack, byte for byte."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.harvest.layout import layout_of

# (spec: walltime 9.4)
MARKERS = [
    ("SampleStart", 1000000),
    ("BenchmarkStart", 1000100),
    ("BenchmarkEnd", 1000200),
    ("SampleEnd", 1000800),
]
URIS = [(1000900, "a.py::b")]
HEAD = "82 a9 7572695f62795f7473 91 92 ce000f45c4 a7 612e70793a3a62 a7 6d61726b657273 94 "
OLD = HEAD + (
    "81 ab 53616d706c655374617274 ce000f4240"
    "81 ae 42656e63686d61726b5374617274 ce000f42a4"
    "81 ac 42656e63686d61726b456e64 ce000f4308"
    "81 a9 53616d706c65456e64 ce000f4560"
)
NEW = OLD.replace("ae 42656e63686d61726b5374617274", "aa 526f756e645374617274").replace(
    "ac 42656e63686d61726b456e64", "a8 526f756e64456e64"
)


@pytest.mark.parametrize(
    ("version", "expected"), [("4.11.0", OLD), ("4.15.1", OLD), ("4.16.0", NEW), ("5.0.2", NEW)]
)
def test_vector(version: str, expected: str) -> None:
    layout = layout_of(version)
    markers = [(layout.marker_name(name), time) for name, time in MARKERS]
    assert encode_timestamps(URIS, markers) == bytes.fromhex(expected)


def test_length_of_the_vector() -> None:
    assert len(encode_timestamps(URIS, MARKERS)) == 109


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"),
        (0x7F, "7f"),
        (0x80, "cc80"),
        (0xFF, "ccff"),
        (0x100, "cd0100"),
        (0xFFFF, "cdffff"),
        (0x10000, "ce00010000"),
        (0xFFFFFFFF, "ceffffffff"),
        (0x100000000, "cf0000000100000000"),
        (2**64 - 1, "cfffffffffffffffff"),
    ],
)
def test_shortest_integers(value: int, encoded: str) -> None:
    document = encode_timestamps([(value, "")], [])
    assert document[11:] == bytes.fromhex("9192" + encoded + "a0" + "a76d61726b65727390")


def decode(data: bytes) -> object:
    """Reads MessagePack by its specification: maps, arrays, texts and unsigned integers."""
    file = io.BytesIO(data)
    value = _decode(file)
    assert file.read() == b""
    return value


_LENGTHS = {
    0xD9: ("text", ">B"),
    0xDA: ("text", ">H"),
    0xDB: ("text", ">I"),
    0xDC: ("array", ">H"),
    0xDD: ("array", ">I"),
}


def _decode(file: io.BytesIO) -> object:
    (first,) = file.read(1)
    if first < 0x80:
        return first
    if first in (0xCC, 0xCD, 0xCE, 0xCF):
        return int.from_bytes(file.read(1 << (first - 0xCC)), "big")
    for low, high, kind in ((0x80, 0x90, "map"), (0x90, 0xA0, "array"), (0xA0, 0xC0, "text")):
        if low <= first < high:
            return _items(kind, first - low, file)
    kind, code = _LENGTHS[first]
    (length,) = struct.unpack(code, file.read(struct.calcsize(code)))
    return _items(kind, length, file)


def _items(kind: str, length: int, file: io.BytesIO) -> object:
    if kind == "text":
        return file.read(length).decode()
    if kind == "map":
        return {_decode(file): _decode(file) for _ in range(length)}
    return [_decode(file) for _ in range(length)]


TEXT = st.text(st.characters(codec="utf-8"))
TIME = st.integers(0, 2**64 - 1)


@given(st.lists(st.tuples(TIME, TEXT)), st.lists(st.tuples(TEXT, TIME)))
@settings(max_examples=100)
def test_what_is_encoded_decodes(
    uris: list[tuple[int, str]], markers: list[tuple[str, int]]
) -> None:
    assert decode(encode_timestamps(uris, markers)) == {
        "uri_by_ts": [list(pair) for pair in uris],
        "markers": [{name: time} for name, time in markers],
    }


@pytest.mark.parametrize("count", [15, 16, 65535, 65536])
def test_long_arrays(count: int) -> None:
    document = decode(encode_timestamps([], [("M", 1)] * count))
    assert document == {"uri_by_ts": [], "markers": [{"M": 1}] * count}


@pytest.mark.parametrize("length", [31, 32, 255, 256, 65535, 65536])
def test_long_texts(length: int) -> None:
    document = decode(encode_timestamps([(1, "x" * length)], []))
    assert document == {"uri_by_ts": [[1, "x" * length]], "markers": []}
