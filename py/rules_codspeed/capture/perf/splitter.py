"""Cuts a byte stream, which may come in any pieces, into perf records.

Unwanted records (spec: symbol-harvest 2.1) are stepped over without being copied,
which makes a recording of samples fast to read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.record import AUXTRACE, TRACING_DATA, Record

_HEAD_SIZE = 8  # bytes: u32 type, u16 misc, u16 size
# Where a record states the number of bytes behind it, and the format of that number.
_OUTSIDE = {TRACING_DATA: "I", AUXTRACE: "Q"}


class Splitter:
    """Takes a stream in pieces and yields the wanted records; holds one piece in memory."""

    __slots__ = (
        "_head",
        "_inner",
        "_misc",
        "_name",
        "_outside",
        "_rest",
        "_skip",
        "_stops",
        "_wanted",
    )

    def __init__(self, name: str, order: str, wanted: frozenset[int], inner: bool = False) -> None:
        """Starts a stream.

        Args:
          name: name of the file in errors.
          order: byte order of the recording, `<` or `>`.
          wanted: types of the records to yield.
          inner: whether the pieces were decompressed, so that a place in them is not a place
            in the file.
        """
        self._name = name
        self._wanted = wanted
        self._inner = inner
        self._head = struct.Struct(order + "I2xH").unpack_from
        self._misc = struct.Struct(order + "H").unpack_from
        self._outside = {kind: struct.Struct(order + form) for kind, form in _OUTSIDE.items()}
        self._stops = wanted | frozenset(_OUTSIDE)
        self._rest = b""  # a record that is not complete yet
        self._skip = 0  # bytes of the stream to leave out before the next record

    def split(self, piece: bytes, offset: int) -> Iterator[Record]:
        """Yields the wanted records that are complete with `piece`.

        All of them have to be taken before the next piece is given.

        Args:
          piece: the next bytes of the stream.
          offset: where in the file they stand.

        Raises:
          DamagedFile: a record has an impossible size.
        """
        if self._skip >= len(piece):
            self._skip -= len(piece)
            return
        if self._rest:
            offset -= 0 if self._inner else len(self._rest)
            piece = self._rest + piece
        size_of, stops, wanted = self._head, self._stops, self._wanted
        at, length = self._skip, len(piece)
        last = length - _HEAD_SIZE
        while at <= last:
            kind, size = size_of(piece, at)
            if size < _HEAD_SIZE:
                raise self._damaged(at, offset, kind, size, _HEAD_SIZE)
            if kind not in stops:
                at += size
                continue
            end = at + size
            if end > length:
                break
            if kind in wanted:
                place = offset if self._inner else offset + at
                misc = self._misc(piece, at + 4)[0]
                yield Record(kind, misc, piece[at + _HEAD_SIZE : end], place)
            at = end + self._bytes_behind(piece, at, offset, kind, size)
        self._rest = piece[at:]
        self._skip = max(0, at - length)

    def _bytes_behind(self, piece: bytes, at: int, offset: int, kind: int, size: int) -> int:
        """Returns how many bytes after the record belong to it but are not counted in its size."""
        count = self._outside.get(kind)
        if count is None:
            return 0
        if size < _HEAD_SIZE + count.size:
            raise self._damaged(at, offset, kind, size, _HEAD_SIZE + count.size)
        behind: int = count.unpack_from(piece, at + _HEAD_SIZE)[0]
        return behind

    def _damaged(self, at: int, offset: int, kind: int, size: int, least: int) -> DamagedFile:
        where = " in compressed data" if self._inner else ""
        return DamagedFile(
            self._name,
            offset if self._inner else offset + at,
            f"a record of type {kind} and {size} bytes{where}",
            f"at least {least} bytes",
            "record again; this happens when perf or the disk fails during the recording",
        )
