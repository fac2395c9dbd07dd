"""Recordings as perf writes them to a pipe, made for tests by an independent encoder.

`Recorder` makes whole recordings (spec: symbol-harvest 2); the functions make
single records, which have vectors (spec: symbol-harvest 2.3).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

MMAP = 1
COMM = 3
EXIT = 4
FORK = 7
SAMPLE = 9
MMAP2 = 10
HEADER_ATTR = 64
TRACING_DATA = 66
FINISHED_ROUND = 68
AUXTRACE = 71
FEATURE = 80
COMPRESSED = 81
COMPRESSED2 = 83

# Bits of sample_type.
IP, TID, TIME, ADDR, READ, CALLCHAIN, ID, CPU, PERIOD, STREAM_ID = (1 << bit for bit in range(10))
IDENTIFIER = 1 << 16

USUAL = IP | TID | TIME | CALLCHAIN | PERIOD

FREQUENCY = 1 << 10
SAMPLE_ID_ALL = 1 << 18

EXECUTABLE = 5  # PROT_READ | PROT_EXEC
EXECVE = 0x2000  # misc of COMM
USER = 2  # misc of SAMPLE


def header(order: str = "<", size: int = 16) -> bytes:
    """Returns the start of a recording; a size of 16 means pipe mode."""
    return (b"PERFILE2" if order == "<" else b"2ELIFREP") + struct.pack(order + "Q", size)


def record(kind: int, body: bytes = b"", misc: int = 0, order: str = "<") -> bytes:
    """Returns one record."""
    return struct.pack(order + "IHH", kind, misc, 8 + len(body)) + body


def padded(text: bytes) -> bytes:
    """Returns a text as records hold it: NUL terminated, to a multiple of 8 bytes."""
    return text + bytes(8 - len(text) % 8)


def attribute(
    sample_type: int = USUAL,
    flags: int = SAMPLE_ID_ALL | FREQUENCY,
    ids: Sequence[int] = (1,),
    kind: int = 1,
    config: int = 0,
    period: int = 997,
    read_format: int = 0,
    size: int = 128,
    order: str = "<",
) -> bytes:
    """Returns a HEADER_ATTR record; `flags` has its first bit lowest in either byte order."""
    if order == ">":
        flags = sum(1 << (63 - bit) for bit in range(64) if flags >> bit & 1)
    described = struct.pack(
        order + "IIQQQQQ", kind, size, config, period, sample_type, read_format, flags
    )
    body = described.ljust(size, b"\0") + struct.pack(f"{order}{len(ids)}Q", *ids)
    return record(HEADER_ATTR, body, order=order)


def mmap2(
    pid: int,
    start: int,
    length: int,
    file_offset: int,
    path: bytes,
    prot: int = EXECUTABLE,
    trailer: bytes = b"",
    tid: int | None = None,
    order: str = "<",
) -> bytes:
    """Returns an MMAP2 record; the file is number 123456 of the device 8:1."""
    fields = struct.pack(
        order + "iiQQQ", pid, pid if tid is None else tid, start, length, file_offset
    )
    file = struct.pack(order + "IIQQII", 8, 1, 123456, 0, prot, 2)
    return record(MMAP2, fields + file + padded(path) + trailer, 2, order)


def fork(
    pid: int,
    ppid: int,
    time: int = 0,
    trailer: bytes = b"",
    tid: int | None = None,
    order: str = "<",
) -> bytes:
    """Returns a FORK record; `tid` is the new thread, the process itself by default."""
    tids = pid if tid is None else tid, ppid
    return record(FORK, struct.pack(order + "iiiiQ", pid, ppid, *tids, time) + trailer, 0, order)


def comm(
    pid: int, name: bytes, execve: bool = True, trailer: bytes = b"", order: str = "<"
) -> bytes:
    """Returns a COMM record."""
    body = struct.pack(order + "ii", pid, pid) + padded(name) + trailer
    return record(COMM, body, EXECVE if execve else 0, order)


class Recorder:
    """Builds a recording of one event; each method adds a record and returns the recorder."""

    def __init__(
        self, sample_type: int = USUAL, order: str = "<", attributes: Sequence[bytes] | None = None
    ) -> None:
        """Starts a recording.

        Args:
          sample_type: of the event; trailers have the parts that it names.
          order: byte order.
          attributes: HEADER_ATTR records, instead of one of the event.
        """
        self.order = order
        self.sample_type = sample_type
        if attributes is None:
            attributes = [attribute(sample_type, order=order)]
        self._parts = [header(order), *attributes]

    @property
    def data(self) -> bytes:
        """The recording so far."""
        return b"".join(self._parts)

    def add(self, *records: bytes) -> Recorder:
        """Adds finished records."""
        self._parts += records
        return self

    def trailer(self, pid: int, time: int) -> bytes:
        """Returns the trailer of a record other than a sample, event number 1 on processor 3."""
        parts = {
            TID: ("ii", (pid, pid)),
            TIME: ("Q", (time,)),
            ID: ("Q", (1,)),
            STREAM_ID: ("Q", (1,)),
            CPU: ("II", (3, 0)),
            IDENTIFIER: ("Q", (1,)),
        }
        return b"".join(
            struct.pack(self.order + form, *values)
            for bit, (form, values) in parts.items()
            if self.sample_type & bit
        )

    def mmap2(
        self,
        pid: int,
        start: int,
        length: int,
        file_offset: int,
        path: bytes,
        time: int = 0,
        prot: int = EXECUTABLE,
    ) -> Recorder:
        """Adds a mapping of `length` bytes."""
        trailer = self.trailer(pid, time)
        return self.add(
            mmap2(pid, start, length, file_offset, path, prot, trailer, order=self.order)
        )

    def fork(self, pid: int, ppid: int, time: int = 0, tid: int | None = None) -> Recorder:
        """Adds the start of a process, or with `pid == ppid` and a `tid` that of a thread."""
        return self.add(fork(pid, ppid, time, self.trailer(ppid, time), tid, self.order))

    def comm(self, pid: int, name: bytes, time: int = 0, execve: bool = True) -> Recorder:
        """Adds a new name, by default that of another program."""
        return self.add(comm(pid, name, execve, self.trailer(pid, time), self.order))

    def sample(
        self, pid: int, ip: int, time: int = 0, callchain: Sequence[int] = (), more: bytes = b""
    ) -> Recorder:
        """Adds a sample of 1000 events in user mode.

        Args:
          pid: process and thread.
          ip: address.
          time: ns.
          callchain: including the marks, if there are to be any.
          more: what follows it, such as a copy of the stack.
        """
        parts = {
            IDENTIFIER: ("Q", (1,)),
            IP: ("Q", (ip,)),
            TID: ("ii", (pid, pid)),
            TIME: ("Q", (time,)),
            ADDR: ("Q", (0xADD,)),
            ID: ("Q", (1,)),
            STREAM_ID: ("Q", (1,)),
            CPU: ("II", (3, 0)),
            PERIOD: ("Q", (1000,)),
            CALLCHAIN: (f"{1 + len(callchain)}Q", (len(callchain), *callchain)),
        }
        body = b"".join(
            struct.pack(self.order + form, *values)
            for bit, (form, values) in parts.items()
            if self.sample_type & bit
        )
        return self.add(record(SAMPLE, body + more, USER, self.order))

    def end_round(self) -> Recorder:
        """Adds the mark at the end of a round."""
        return self.add(record(FINISHED_ROUND, order=self.order))


def compressed(
    records: Sequence[bytes], kind: int = COMPRESSED, order: str = "<", level: int = 3
) -> list[bytes]:
    """Returns records as one zstd stream, each item in a compressed record of its own.

    Args:
      records: what to compress; a record may go on in the next item.
      kind: COMPRESSED, or COMPRESSED2 with its length and padding.
      order: byte order.
      level: of zstd.
    """
    # Not every user of this module has zstandard among its deps.
    import zstandard

    stream = zstandard.ZstdCompressor(level=level).compressobj()
    found = []
    for item in records:
        body = stream.compress(item) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        if kind == COMPRESSED2:
            body = struct.pack(order + "Q", len(body)) + body + bytes(-len(body) % 8)
        found.append(record(kind, body, order=order))
    return found
