"""Records that describe how the memory of the recorded processes changes.

Format: the bodies of FORK, COMM and MMAP2 (spec: symbol-harvest 2.3).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.attributes import Attributes
from rules_codspeed.capture.perf.record import FORK, MMAP2, Record

PROT_EXEC = 4

_MISC_EXECVE = 0x2000
_ADDRESSES = 1 << 64
# pid, tid, addr, len, pgoff, 24 bytes of identity of the file, prot, flags
_MMAP2 = "iiQQQ24xI4x"
_MMAP2_SIZE = 64
_FORK = "iiii"
_FORK_SIZE = 24  # the rest is the time, which the trailer has as well
_COMM = "ii"
_COMM_SIZE = 8


class Mmap2(NamedTuple):
    """A file, or memory without one, was mapped.

    Attributes:
      pid: process.
      tid: thread.
      start: first address.
      end: address after the last.
      file_offset: bytes of the file before what is mapped.
      prot: protection, as bits: 1 read, 2 write, `PROT_EXEC`.
      path: of the file, or a name in brackets or after `//` that is not a path.
      time: ns of the clock of the recording; None if perf synthesized the record.
    """

    pid: int
    tid: int
    start: int
    end: int
    file_offset: int
    prot: int
    path: bytes
    time: int | None


class Fork(NamedTuple):
    """A process, or with `pid == ppid` a thread, was started.

    Attributes:
      pid: new process.
      ppid: process that started it.
      tid: new thread.
      ptid: thread that started it.
      time: ns of the clock of the recording; None if perf synthesized the record.
    """

    pid: int
    ppid: int
    tid: int
    ptid: int
    time: int | None


class Comm(NamedTuple):
    """A thread got a name.

    Attributes:
      pid: process.
      tid: thread.
      execve: whether the reason is that the process runs another program from now on.
      name: at most 15 bytes.
      time: ns of the clock of the recording; None if perf synthesized the record.
    """

    pid: int
    tid: int
    execve: bool
    name: bytes
    time: int | None


Event = Mmap2 | Fork | Comm


def read_event(record: Record, attributes: Attributes) -> Event:
    """Reads a record of type MMAP2, FORK or COMM.

    Raises:
      DamagedFile: it is too short, its text has no end, or its addresses are impossible.
    """
    time = attributes.time_of(record)
    if record.type == MMAP2:
        return _mmap2(record, attributes, time)
    return (_fork if record.type == FORK else _comm)(record, attributes, time)


def _mmap2(record: Record, attributes: Attributes, time: int | None) -> Mmap2:
    path = _text(record, _MMAP2_SIZE, attributes)
    pid, tid, start, length, file_offset, prot = struct.unpack_from(
        attributes.recording.order + _MMAP2, record.body
    )
    if start + length > _ADDRESSES:
        raise DamagedFile(
            attributes.recording.name,
            record.offset,
            f"a mapping of {length} bytes at {start:#x}",
            "one that ends within 64-bit addresses",
            "record again",
        )
    return Mmap2(pid, tid, start, start + length, file_offset, prot, path, time)


def _fork(record: Record, attributes: Attributes, time: int | None) -> Fork:
    if len(record.body) < _FORK_SIZE:
        raise attributes.short(record)
    pid, ppid, tid, ptid = struct.unpack_from(attributes.recording.order + _FORK, record.body)
    return Fork(pid, ppid, tid, ptid, time)


def _comm(record: Record, attributes: Attributes, time: int | None) -> Comm:
    name = _text(record, _COMM_SIZE, attributes)
    pid, tid = struct.unpack_from(attributes.recording.order + _COMM, record.body)
    return Comm(pid, tid, bool(record.misc & _MISC_EXECVE), name, time)


def _text(record: Record, start: int, attributes: Attributes) -> bytes:
    """Returns the text that starts behind the fixed fields."""
    end = record.body.find(b"\0", start)
    if end < 0:
        raise attributes.short(record)
    return record.body[start:end]
