"""The chunks of a trace, decompressed (spec: tracegrind 1)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from rules_codspeed.results.tracegrind.errors import trace_error
from rules_codspeed.results.tracegrind.lz4_block import decompress

MAGIC = b"TGMP"
VERSIONS = (3, 4, 5)

_HEADER = struct.Struct("<4sI")
_SIZES = struct.Struct("<II")
_STRINGS = 1 << 31  # marks the table of strings; the other bits are the size
_FIRST_WITH_STRINGS = 5
# 4096 rows have some hundred kilobytes, with long names of C++ some megabytes.
_LARGEST = 32 << 20


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk.

    Attributes:
      offset: bytes of the file before it.
      content: MessagePack.
      is_strings: whether it is the table of strings.
    """

    offset: int
    content: bytes
    is_strings: bool


class Chunks:
    """The chunks of a file, in order.

    Attributes:
      version: of the format.
      truncated: whether the end marker is missing; known when all chunks have been read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Reads the header.

        Raises:
          ValueError: it is no trace, or one of an unknown version.
        """
        self._stream = stream
        self._offset = 0
        self.truncated = False
        header = self._take(_HEADER.size)
        if len(header) < _HEADER.size or header[:4] != MAGIC:
            raise trace_error(0, "not a trace of tracegrind: it does not start with 'TGMP'")
        self.version = _HEADER.unpack(header)[1]
        if self.version not in VERSIONS:
            known = ", ".join(map(str, VERSIONS))
            raise trace_error(4, f"version {self.version} of the format; known are {known}")

    def __iter__(self) -> Iterator[Chunk]:
        """Yields the chunks up to the end marker, or to where the file is cut off.

        Raises:
          ValueError: a chunk is damaged, or too large.
        """
        while True:
            offset = self._offset
            sizes = self._take(_SIZES.size)
            if len(sizes) < _SIZES.size:
                self.truncated = True
                return
            size, compressed = _SIZES.unpack(sizes)
            if not size and not compressed:
                break
            chunk = self._chunk(offset, size, compressed)
            if chunk is None:
                self.truncated = True
                return
            yield chunk
        if self._take(1):
            raise trace_error(self._offset - 1, "something after the end marker")

    def _chunk(self, offset: int, size: int, compressed: int) -> Chunk | None:
        """Takes a chunk; None if it is cut off."""
        is_strings = self.version >= _FIRST_WITH_STRINGS and bool(size & _STRINGS)
        if is_strings:
            size -= _STRINGS
        if max(size, compressed) > _LARGEST:
            raise trace_error(offset, f"a chunk of more than {_LARGEST:,} bytes")
        block = self._take(compressed)
        if len(block) < compressed:
            return None
        try:
            return Chunk(offset, decompress(block, size), is_strings)
        except ValueError as error:
            raise trace_error(offset, f"a damaged chunk: {error}") from error

    def _take(self, size: int) -> bytes:
        taken = self._stream.read(size)
        self._offset += len(taken)
        return taken
