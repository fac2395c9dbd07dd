"""Compressed records: pieces of one zstd stream that runs through the whole recording.

Format: records of the types 81 and 83 (spec: symbol-harvest 2.1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.record import COMPRESSED, Record
from rules_codspeed.contract.errors import CodSpeedError

# Bytes that one record may expand to. perf compresses one ring buffer at a time (512 kB
# by default), and a record holds at most what is left of one.
MAX_EXPANSION = 16 << 20
# Bytes given to zstd at once. It turns 4 bytes into at most 128 kB, so that no more than
# 32 MB are ever made before the bound is checked.
_SLICE = 1 << 10
_FIX = "record again, or without compression (perf record without --compression-level)"


class Expander:
    """Decompresses the records of one recording, in the order of the file."""

    __slots__ = ("_error", "_name", "_size", "_stream")

    def __init__(self, name: str, order: str) -> None:
        """Starts the zstd stream.

        Args:
          name: name of the file in errors.
          order: byte order of the recording, `<` or `>`.

        Raises:
          CodSpeedError: zstandard is not installed.
        """
        # Only here: the measuring action needs nothing but the standard library, unless its
        # perf compresses.
        try:
            import zstandard
        except ImportError:
            raise CodSpeedError(
                f"{name}: its records are compressed",
                got="a Python without the package zstandard",
                expected="zstandard, to read them",
                fix="add zstandard to the environment, or record without --compression-level",
            ) from None
        self._name = name
        self._size = struct.Struct(order + "Q")
        self._error = zstandard.ZstdError
        self._stream = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)

    def expand(self, record: Record) -> Iterator[bytes]:
        """Yields what the record holds, in pieces of bounded size.

        Raises:
          DamagedFile: it does not continue the zstd stream, or expands to far too much.
        """
        data = self._data(record)
        expanded = 0
        for start in range(0, len(data), _SLICE):
            try:
                piece = self._stream.decompress(data[start : start + _SLICE])
            except self._error as error:
                raise DamagedFile(
                    self._name,
                    record.offset,
                    f"compressed data that zstd refuses ({error})",
                    "the next piece of the zstd stream of this recording",
                    _FIX,
                ) from None
            expanded += len(piece)
            if expanded > MAX_EXPANSION:
                raise DamagedFile(
                    self._name,
                    record.offset,
                    f"{len(data)} bytes of compressed data that expand to more than "
                    f"{MAX_EXPANSION}",
                    "at most one buffer of perf",
                    _FIX,
                )
            if piece:
                yield piece

    def _data(self, record: Record) -> bytes:
        """Returns the compressed bytes of a record, without padding."""
        if record.type == COMPRESSED:
            return record.body
        room = len(record.body) - self._size.size
        length = self._size.unpack_from(record.body)[0] if room >= 0 else 0
        if length > room:
            raise DamagedFile(
                self._name,
                record.offset,
                f"a compressed record of {len(record.body)} bytes that announces {length} bytes "
                "of data",
                "8 bytes that state how much data there is, and that data",
                _FIX,
            )
        return record.body[self._size.size :][:length]
