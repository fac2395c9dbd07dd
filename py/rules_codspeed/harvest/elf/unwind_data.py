"""Files of unwind data, `<key>.unwind_data` (spec: symbol-harvest 5.3).

A version number (u32, from 0), then the fields as bincode 1 writes them: integers
little-endian, strings and bytes behind their length, an option behind 0 or 1.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules_codspeed.capture.errors import DamagedFile

READERS = {2: (1, 2), 3: (3,), 4: (3, 4)}
"""Versions of the format that a reader accepts, by the version that it writes itself."""

_NEWEST = 4
_Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class UnwindData:
    """Unwind data of a module. A range is the first address and the one behind.

    Attributes:
      path: the module, or `jit_<function>`.
      base_svma: address of its first segment, as the file states it.
      eh_frame_hdr: bytes of `.eh_frame_hdr`; None without one, which needs version 4.
      eh_frame_hdr_svma: its stated addresses; None without one.
      eh_frame: bytes of `.eh_frame`.
      eh_frame_svma: its stated addresses.
    """

    path: str
    base_svma: int
    eh_frame_hdr: bytes | None
    eh_frame_hdr_svma: _Range | None
    eh_frame: bytes
    eh_frame_svma: _Range


class Mapping(NamedTuple):
    """Where a process has the module; in the file up to version 2, in the metadata since then.

    Attributes:
      timestamp: from when on it holds, in ns; None for the whole run.
      avma_range: runtime addresses of the mapping.
      base_avma: runtime address of the first segment.
    """

    timestamp: int | None
    avma_range: _Range
    base_avma: int


class Decoded(NamedTuple):
    """A file of unwind data: its version, 1 to 4, and what it holds; a mapping in 1 and 2 only."""

    version: int
    data: UnwindData
    mapping: Mapping | None


def encode_v2(data: UnwindData, timestamp: int | None, avma_range: _Range, base_avma: int) -> bytes:
    """Returns the file as runners from 4.1.0 to 4.10.6 write it.

    Args:
      data: of a module that has a header.
      timestamp: see `Mapping`.
      avma_range: see `Mapping`.
      base_avma: see `Mapping`.
    """
    time = b"\0" if timestamp is None else b"\1" + struct.pack("<Q", timestamp)
    mapping = struct.pack("<QQQ", *avma_range, base_avma)
    return struct.pack("<I", 1) + _string(data.path) + time + mapping + _tables(data)


def encode_v3(data: UnwindData) -> bytes:
    """Returns the file as runners from 4.11.0 to 4.17.5 write it.

    Args:
      data: of a module that has a header.
    """
    return struct.pack("<I", 2) + _string(data.path) + _tables(data)


def encode_v4(data: UnwindData) -> bytes:
    """Returns the file as runners from 4.17.6 on write it."""
    header, svma = data.eh_frame_hdr, data.eh_frame_hdr_svma
    return b"".join(
        [
            struct.pack("<I", 3),
            _string(data.path),
            struct.pack("<Q", data.base_svma),
            b"\0" if header is None else b"\1" + _bytes(header),
            b"\0" if svma is None else b"\1" + struct.pack("<QQ", *svma),
            _bytes(data.eh_frame),
            struct.pack("<QQ", *data.eh_frame_svma),
        ]
    )


def decode_unwind_data(
    data: bytes, name: str, accepted: Sequence[int] = READERS[_NEWEST]
) -> Decoded:
    """Reads a file of unwind data, which ends with its last field.

    Args:
      data: the file.
      name: its name in errors.
      accepted: the versions to accept, for example `READERS[2]`.

    Raises:
      DamagedFile: it has another version, is truncated or damaged.
    """
    fields = _Fields(data, name)
    version = fields.number("<I") + 1
    if version not in accepted:
        expected = " or ".join(str(one - 1) for one in accepted)
        raise DamagedFile(name, 0, f"version index {version - 1}", f"version index {expected}")
    path = fields.text()
    mapping = None
    if version <= 2:
        timestamp = fields.number("<Q") if version == 2 and fields.flag() else None
        mapping = Mapping(timestamp, fields.span(), fields.number("<Q"))
    optional = version >= 4
    unwind = UnwindData(
        path=path,
        base_svma=fields.number("<Q"),
        eh_frame_hdr=fields.vector() if not optional or fields.flag() else None,
        eh_frame_hdr_svma=fields.span() if not optional or fields.flag() else None,
        eh_frame=fields.vector(),
        eh_frame_svma=fields.span(),
    )
    fields.end()
    return Decoded(version, unwind, mapping)


class _Fields:
    """Reads the fields of a file, one after the other."""

    __slots__ = ("_at", "_data", "_name")

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._at = 0

    def _take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            left = len(self._data) - self._at
            raise DamagedFile(self._name, self._at, f"{left} bytes", f"a field of {size} bytes")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, form: str) -> int:
        (value,) = struct.unpack(form, self._take(struct.calcsize(form)))
        return int(value)

    def flag(self) -> bool:
        value = self._take(1)[0]
        if value > 1:
            raise DamagedFile(self._name, self._at - 1, str(value), "0 or 1")
        return value == 1

    def span(self) -> _Range:
        return self.number("<Q"), self.number("<Q")

    def vector(self) -> bytes:
        return self._take(self.number("<Q"))

    def text(self) -> str:
        value = self.vector()
        try:
            return value.decode()
        except UnicodeDecodeError:
            start = self._at - len(value)
            raise DamagedFile(self._name, start, repr(value[:40]), "a path in UTF-8") from None

    def end(self) -> None:
        left = len(self._data) - self._at
        if left:
            raise DamagedFile(self._name, self._at, f"{left} more bytes", "the end of the file")


def _tables(data: UnwindData) -> bytes:
    """Returns base address and tables as versions up to 3 have them."""
    if data.eh_frame_hdr is None or data.eh_frame_hdr_svma is None:
        raise ValueError(f"{data.path}: without .eh_frame_hdr, only version 4 can be written")
    return b"".join(
        [
            struct.pack("<Q", data.base_svma),
            _bytes(data.eh_frame_hdr),
            struct.pack("<QQ", *data.eh_frame_hdr_svma),
            _bytes(data.eh_frame),
            struct.pack("<QQ", *data.eh_frame_svma),
        ]
    )


def _bytes(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def _string(value: str) -> bytes:
    return _bytes(value.encode("utf-8", "replace"))
