"""Values of MessagePack, one after the other in a stream.

Format: github.com/msgpack/msgpack, spec.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Any

_LARGEST = 64 << 20  # bytes of a text or array; real ones have a few thousand
_DEEPEST = 32
_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
# First byte: the struct of the length that follows it.
_BYTES = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_TEXTS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_ARRAYS = {0xDC: ">H", 0xDD: ">I"}
_MAPS = {0xDE: ">H", 0xDF: ">I"}


def read_values(blocks: Iterable[bytes], most: int = _LARGEST) -> Iterator[Any]:
    """Yields each value of a stream.

    Args:
      blocks: the stream, cut anywhere.
      most: values that one may hold in all.

    Raises:
      ValueError: it is damaged, or cut off; the message names the byte.
    """
    reader = _Reader(blocks)
    while not reader.is_at_end():
        reader.room = most
        yield reader.value()


class _Reader:
    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._block = b""
        self._at = 0
        self._before = 0
        self.room = 0  # for values

    def is_at_end(self) -> bool:
        if self._at == len(self._block):
            self._refill()
        return not self._block

    def _refill(self) -> None:
        self._before += len(self._block)
        # There may be empty ones.
        self._block = next(filter(None, self._blocks), b"")
        self._at = 0

    def _error(self, what: str) -> ValueError:
        return ValueError(f"{what}, at byte {self._before + self._at}")

    def value(self, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise self._error("too many levels")
        self.room -= 1
        if self.room < 0:
            raise self._error("too many values in one")
        (first,) = self._take(1)
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0x90:
            return self._map(first & 0x0F, depth)
        if first < 0xA0:
            return self._array(first & 0x0F, depth)
        if first < 0xC0:
            return self._text(first & 0x1F)
        return self._long(first, depth)

    def _long(self, first: int, depth: int) -> Any:
        if first in _CONSTANTS:
            return _CONSTANTS[first]
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first in _TEXTS:
            return self._text(self._number(_TEXTS[first]))
        if first in _BYTES:
            return self._take(self._number(_BYTES[first]))
        if first in _ARRAYS:
            return self._array(self._number(_ARRAYS[first]), depth)
        if first in _MAPS:
            return self._map(self._number(_MAPS[first]), depth)
        raise self._error(f"format {first:#04x}, which is not used here")

    def _number(self, layout: str) -> Any:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))[0]

    def _text(self, size: int) -> str:
        return self._take(size).decode("utf-8", "replace")

    def _array(self, size: int, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(self._checked(size))]

    def _map(self, size: int, depth: int) -> dict[Any, Any]:
        found = {}
        for _ in range(self._checked(size)):
            key = self.value(depth + 1)
            if not isinstance(key, str | int):
                raise self._error("a key that is neither text nor number before")
            found[key] = self.value(depth + 1)
        return found

    def _checked(self, size: int) -> int:
        if size > _LARGEST:
            raise self._error(f"{size} values or bytes")
        return size

    def _take(self, size: int) -> bytes:
        end = self._at + self._checked(size)
        if end <= len(self._block):
            taken = self._block[self._at : end]
            self._at = end
            return taken
        taken = self._block[self._at :]
        while len(taken) < size:
            self._refill()
            if not self._block:
                raise self._error("the end of the file within a value")
            self._at = min(size - len(taken), len(self._block))
            taken += self._block[: self._at]
        return taken
