"""Dumps of code generated at run time, `jit-<pid>.dump` (spec: symbol-harvest 8).

Format: tools/perf/Documentation/jitdump-specification.txt of Linux.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rules_codspeed.capture.errors import DamagedFile

_MAGIC = {b"DTiJ": "<", b"JiTD": ">"}
_FILE_HEADER = 40  # bytes
_RECORD_HEADER = 16
_LOAD = 0
_UNWINDING = 4
_ADDRESSES = 1 << 64


class JitFunction(NamedTuple):
    """A function that was generated.

    Attributes:
      addr: runtime address.
      size: bytes of code.
      name: its name; bytes that are not UTF-8 are replaced.
      timestamp: when it was loaded, in ns of the dump's clock.
      unwinding: `.eh_frame_hdr` and `.eh_frame` as the official runner splits them, or None.
    """

    addr: int
    size: int
    name: str
    timestamp: int
    unwinding: tuple[bytes, bytes] | None


@dataclass(slots=True)
class JitDump:
    """What a dump holds.

    Attributes:
      functions: in the order of the file.
      ignored_records: how many records of other kinds there are.
    """

    functions: list[JitFunction] = field(default_factory=list)
    ignored_records: int = 0


def read_jit_dump(path: Path, name: str) -> JitDump:
    """Reads a dump; a record that the end of the file truncates is left out.

    Unwinding data belongs to the next function that is loaded. CPython writes the header
    behind the frames, so what the official runner takes for the header is the start of the
    frames; consumers of the profile expect that, so the same split is kept here.

    Args:
      path: the file.
      name: what to call it in errors.

    Raises:
      DamagedFile: it is not a dump, or a record contradicts itself.
      OSError: it cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedFile(name, 0, "not a regular file", "a jit dump")
        if not status.st_size:
            raise DamagedFile(name, 0, "an empty file", "a jit dump")
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as data:
            return _Reader(data, name).dump()
    finally:
        os.close(descriptor)


class _Reader:
    def __init__(self, data: mmap.mmap, name: str) -> None:
        self._data = data
        self._name = name
        order = _MAGIC.get(data[:4])
        if order is None:
            raise self._damaged(0, f"{data[:4]!r}", "the magic number of a jit dump")
        if len(data) < _FILE_HEADER:
            raise self._damaged(len(data), "the end of the file", "40 bytes of header")
        self._record = struct.Struct(order + "IIQ")
        self._load = struct.Struct(order + "IIQQQQ")
        self._unwinding = struct.Struct(order + "QQQ")
        (self._first,) = struct.unpack_from(order + "I", data, 8)
        if self._first < _FILE_HEADER:
            raise self._damaged(8, f"a header of {self._first} bytes", "at least 40 bytes")

    def dump(self) -> JitDump:
        dump = JitDump()
        unwinding: tuple[bytes, bytes] | None = None
        for kind, timestamp, start, end in self._records():
            if kind == _LOAD:
                dump.functions.append(self._function(start, end, timestamp, unwinding))
                unwinding = None
            elif kind == _UNWINDING:
                unwinding = self._split(start, end)
            else:
                dump.ignored_records += 1
        return dump

    def _records(self) -> Iterator[tuple[int, int, int, int]]:
        """Yields kind, time stamp, and start and end of the body of each whole record."""
        at = self._first
        while at + _RECORD_HEADER <= len(self._data):
            kind, size, timestamp = self._record.unpack_from(self._data, at)
            if size < _RECORD_HEADER:
                raise self._damaged(at + 4, f"a record of {size} bytes", "at least 16 bytes")
            if at + size > len(self._data):
                return
            yield kind, timestamp, at + _RECORD_HEADER, at + size
            at += size

    def _function(
        self, start: int, end: int, timestamp: int, unwinding: tuple[bytes, bytes] | None
    ) -> JitFunction:
        """Decodes CODE_LOAD."""
        if end - start < self._load.size:
            raise self._damaged(start, f"{end - start} bytes", "the 40 bytes of loaded code")
        _, _, address, _, size, _ = self._load.unpack_from(self._data, start)
        name_start = start + self._load.size
        name_end = self._data.find(b"\0", name_start, end)
        if name_end < 0:
            raise self._damaged(name_start, "a name without an end", "a zero byte behind it")
        if size > end - name_end - 1:
            raise self._damaged(
                start, f"{size} bytes of code in {end - name_end - 1}", "code inside its record"
            )
        if address + size >= _ADDRESSES:
            raise self._damaged(start, f"code at {address:#x}+{size:#x}", "a 64-bit address")
        name = self._data[name_start:name_end].decode("utf-8", "replace")
        return JitFunction(address, size, name, timestamp, unwinding)

    def _split(self, start: int, end: int) -> tuple[bytes, bytes]:
        """Decodes CODE_UNWINDING_INFO."""
        if end - start < self._unwinding.size:
            raise self._damaged(start, f"{end - start} bytes", "the 24 bytes of unwinding sizes")
        size, header, _ = self._unwinding.unpack_from(self._data, start)
        data = start + self._unwinding.size
        if not header <= size <= end - data:
            raise self._damaged(
                start,
                f"a header of {header} in {size} bytes of {end - data}",
                "unwinding data inside its record, and its header inside of that",
            )
        return self._data[data : data + header], self._data[data + header : data + size]

    def _damaged(self, offset: int, got: str, expected: str) -> DamagedFile:
        return DamagedFile(self._name, offset, got, expected)
