"""ExecutionTimestamps.msgpack: markers and URIs by time (spec: walltime 9.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

FILE = "ExecutionTimestamps.msgpack"


def encode_timestamps(
    uri_by_ts: Sequence[tuple[int, str]], markers: Sequence[tuple[str, int]]
) -> bytes:
    """Returns the MessagePack document.

    Args:
      uri_by_ts: time (ns of CLOCK_MONOTONIC) and URI of each benchmark, in order of arrival.
      markers: name and time (ns) of each marker, likewise; names of the wanted version.
    """
    parts = [b"\x82", _text("uri_by_ts"), _array(len(uri_by_ts))]
    for time, uri in uri_by_ts:
        parts += (b"\x92", _unsigned(time), _text(uri))
    parts += (_text("markers"), _array(len(markers)))
    parts += _markers(markers)
    return b"".join(parts)


def _markers(markers: Iterable[tuple[str, int]]) -> Iterable[bytes]:
    for name, time in markers:
        yield b"\x81" + _text(name) + _unsigned(time)


def _unsigned(value: int) -> bytes:
    """Encodes an unsigned 64-bit integer in the shortest form."""
    if value < 0x80:
        return struct.pack("B", value)
    for first, kind, limit in ((0xCC, "B", 8), (0xCD, "H", 16), (0xCE, "I", 32)):
        if value >> limit == 0:
            return struct.pack(f">B{kind}", first, value)
    return struct.pack(">BQ", 0xCF, value)


def _text(text: str) -> bytes:
    data = text.encode()
    length = len(data)
    if length < 0x20:
        return struct.pack("B", 0xA0 | length) + data
    if length < 1 << 8:
        return struct.pack("BB", 0xD9, length) + data
    if length < 1 << 16:
        return struct.pack(">BH", 0xDA, length) + data
    return struct.pack(">BI", 0xDB, length) + data


def _array(length: int) -> bytes:
    if length < 0x10:
        return struct.pack("B", 0x90 | length)
    if length < 1 << 16:
        return struct.pack(">BH", 0xDC, length)
    return struct.pack(">BI", 0xDD, length)
