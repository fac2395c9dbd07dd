"""Reads and writes ExecutionTimestamps.msgpack (spec: walltime 9.4): MessagePack of one shape.

A map of `uri_by_ts`, pairs of nanoseconds and URI, and `markers`, maps of one kind to nanoseconds.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

# Formats of MessagePack by their first byte: the struct of the number that follows it.
_MAPS = {0xDE: ">H", 0xDF: ">I"}
_ARRAYS = {0xDC: ">H", 0xDD: ">I"}
_TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_UNSIGNED = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q"}
# Formats whose first byte holds a small number too: the byte of zero, and how many there are.
_SMALL_MAP = (0x80, 16)
_SMALL_ARRAY = (0x90, 16)
_SMALL_TEXT = (0xA0, 32)
_SMALL_UNSIGNED = (0x00, 128)


class Timestamps(NamedTuple):
    """When benchmarks and rounds ran, in nanoseconds of CLOCK_MONOTONIC.

    Attributes:
      uri_by_ts: time after a window, and the benchmark that was in it.
      markers: kind such as `SampleStart`, and time.
    """

    uri_by_ts: list[tuple[int, str]]
    markers: list[tuple[str, int]]


def parse(content: bytes) -> Timestamps:
    """Parses the file.

    Raises:
      ValueError: it is damaged, or of another shape; the message names the offset.
    """
    reader = _Reader(content)
    uri_by_ts: list[tuple[int, str]] | None = None
    markers: list[tuple[str, int]] | None = None
    for _ in range(reader.size(_SMALL_MAP, _MAPS, "map")):
        key = reader.text()
        if key == "uri_by_ts" and uri_by_ts is None:
            uri_by_ts = [reader.uri() for _ in range(reader.size(_SMALL_ARRAY, _ARRAYS, "array"))]
        elif key == "markers" and markers is None:
            markers = [reader.marker() for _ in range(reader.size(_SMALL_ARRAY, _ARRAYS, "array"))]
        else:
            raise reader.error(f"key {key!r}, where another is due")
    reader.check_end()
    if uri_by_ts is None or markers is None:
        raise reader.error("uri_by_ts or markers is missing")
    return Timestamps(uri_by_ts, markers)


def dump(timestamps: Timestamps) -> bytes:
    """Returns the file, each number in its shortest form, as the official runner writes it."""
    parts = [_head(2, _SMALL_MAP, _MAPS), _text("uri_by_ts")]
    parts.append(_head(len(timestamps.uri_by_ts), _SMALL_ARRAY, _ARRAYS))
    for time, uri in timestamps.uri_by_ts:
        parts += [_head(2, _SMALL_ARRAY, _ARRAYS), _unsigned(time), _text(uri)]
    parts += [_text("markers"), _head(len(timestamps.markers), _SMALL_ARRAY, _ARRAYS)]
    for kind, time in timestamps.markers:
        parts += [_head(1, _SMALL_MAP, _MAPS), _text(kind), _unsigned(time)]
    return b"".join(parts)


class _Reader:
    """Reads values one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def error(self, what: str) -> ValueError:
        return ValueError(f"{what}, at byte {self._at}")

    def check_end(self) -> None:
        if self._at != len(self._content):
            raise self.error("more than one value")

    def uri(self) -> tuple[int, str]:
        self._sized(2, _SMALL_ARRAY, _ARRAYS, "array")
        return self._number(_SMALL_UNSIGNED, _UNSIGNED, "unsigned number"), self.text()

    def marker(self) -> tuple[str, int]:
        self._sized(1, _SMALL_MAP, _MAPS, "map")
        return self.text(), self._number(_SMALL_UNSIGNED, _UNSIGNED, "unsigned number")

    def text(self) -> str:
        size = self._number(_SMALL_TEXT, _TEXTS, "text")
        try:
            return self._take(size).decode()
        except UnicodeDecodeError as error:
            raise self.error("text that is not UTF-8 before") from error

    def size(self, small: tuple[int, int], formats: dict[int, str], what: str) -> int:
        """Reads how many values follow; each takes a byte, so the file bounds it."""
        size = self._number(small, formats, what)
        if size > len(self._content) - self._at:
            raise self.error(f"{what} of {size} values, which are not there")
        return size

    def _sized(self, size: int, small: tuple[int, int], formats: dict[int, str], what: str) -> None:
        if self._number(small, formats, what) != size:
            raise self.error(f"{what} of another size than {size} before")

    def _number(self, small: tuple[int, int], formats: dict[int, str], what: str) -> int:
        """Reads the first bytes of a value: a small number, or a format and a number."""
        (first,) = self._take(1)
        zero, count = small
        if zero <= first < zero + count:
            return first - zero
        if first not in formats:
            self._at -= 1
            raise self.error(f"no {what}")
        layout = formats[first]
        (number,) = struct.unpack(layout, self._take(struct.calcsize(layout)))
        return int(number)

    def _take(self, size: int) -> bytes:
        taken = self._content[self._at : self._at + size]
        if len(taken) < size:
            raise self.error("the end of the file within a value")
        self._at += size
        return taken


def _text(text: str) -> bytes:
    content = text.encode()
    return _head(len(content), _SMALL_TEXT, _TEXTS) + content


def _unsigned(number: int) -> bytes:
    return _head(number, _SMALL_UNSIGNED, _UNSIGNED)


def _head(number: int, small: tuple[int, int], formats: dict[int, str]) -> bytes:
    zero, count = small
    if number < count:
        return bytes([zero + number])
    for first, layout in formats.items():
        if number < 1 << 8 * struct.calcsize(layout):
            return bytes([first]) + struct.pack(layout, number)
    raise ValueError(f"{number} is too large for MessagePack")
