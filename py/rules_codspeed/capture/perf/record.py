"""A record of perf, and the types of records that are read."""

from __future__ import annotations

from typing import NamedTuple

# Written by the kernel.
COMM = 3
FORK = 7
SAMPLE = 9
MMAP2 = 10
# Written by perf itself.
HEADER_ATTR = 64
TRACING_DATA = 66
FINISHED_ROUND = 68
AUXTRACE = 71
COMPRESSED = 81
COMPRESSED2 = 83


class Record(NamedTuple):
    """One record.

    Attributes:
      type: number of its kind, `PERF_RECORD_*`.
      misc: flags whose meaning depends on the type.
      body: what follows the 8 bytes of the record's head.
      offset: bytes of the file before the record; for a compressed one, before the piece
        of compressed data that completes it.
    """

    type: int
    misc: int
    body: bytes
    offset: int
