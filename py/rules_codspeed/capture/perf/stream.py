"""The records of a recording in pipe mode, compressed ones included, in constant memory.

Format: Linux `tools/perf/Documentation/perf.data-file-format.txt` (spec: symbol-harvest 2.1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.expander import Expander
from rules_codspeed.capture.perf.record import COMPRESSED, COMPRESSED2, Record
from rules_codspeed.capture.perf.splitter import Splitter

HEADER_SIZE = 16  # bytes: u64 magic, u64 size of this header
BLOCK_SIZE = 1 << 20  # bytes to read at once

_ORDERS = {b"PERFILE2": "<", b"2ELIFREP": ">"}
_COMPRESSED = frozenset({COMPRESSED, COMPRESSED2})
_FIX = "record with `perf record -o -`; an empty file means that perf ended before it began"


class Recording:
    """An open recording.

    Attributes:
      name: name of the file in errors.
      order: its byte order, `<` or `>`.
    """

    __slots__ = ("_block_size", "_file", "name", "order")

    def __init__(self, file: BinaryIO, name: str, block_size: int = BLOCK_SIZE) -> None:
        """Reads the header.

        Args:
          file: a recording, at its start.
          name: name of the file in errors.
          block_size: bytes to read at once.

        Raises:
          DamagedFile: it is not a recording in pipe mode.
          OSError: it cannot be read.
        """
        self.name = name
        self._file = file
        self._block_size = block_size
        header = _read(file, HEADER_SIZE)
        order = _ORDERS.get(header[:8])
        if len(header) < HEADER_SIZE:
            got = f"a file of {len(header)} bytes"
        elif order is None:
            got = f"a file that starts with {header[:8]!r}"
        else:
            size = struct.unpack(order + "Q", header[8:])[0]
            if size == HEADER_SIZE:
                self.order = order
                return
            got = f"a header of {size} bytes, as of a recording that is not in pipe mode"
        raise DamagedFile(name, 0, got, "PERFILE2 and a header of 16 bytes", _FIX)

    def records(self, wanted: frozenset[int]) -> Iterator[Record]:
        """Reads the records that follow the header; an incomplete last one is left out.

        Compressed records are replaced by what they hold, and never yielded themselves.

        Args:
          wanted: types of the records to yield; stepping over all others costs next to
            nothing.

        Yields:
          Records in the order of the file.

        Raises:
          DamagedFile: a record is malformed.
          CodSpeedError: the recording is compressed, and zstandard is not installed.
          OSError: the file cannot be read.
        """
        outer = Splitter(self.name, self.order, wanted | _COMPRESSED)
        inner = Splitter(self.name, self.order, wanted - _COMPRESSED, inner=True)
        expander: Expander | None = None
        offset = HEADER_SIZE
        while block := self._file.read(self._block_size):
            for record in outer.split(block, offset):
                if record.type not in _COMPRESSED:
                    yield record
                    continue
                expander = expander or Expander(self.name, self.order)
                for piece in expander.expand(record):
                    yield from inner.split(piece, record.offset)
            offset += len(block)


def _read(file: BinaryIO, size: int) -> bytes:
    """Reads `size` bytes, or fewer at the end of the file; works for pipes as well."""
    data = b""
    while len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data
