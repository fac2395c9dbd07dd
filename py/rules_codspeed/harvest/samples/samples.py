"""The samples of a recording: where its processes were, and how they got there.

Format: perf_event_open(2), "PERF_RECORD_SAMPLE".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from rules_codspeed.capture.perf.attribute import (
    ADDR,
    CALLCHAIN,
    CPU,
    FREQUENCY,
    ID,
    IDENTIFIER,
    IP,
    PERIOD,
    READ,
    STREAM_ID,
    TID,
    TIME,
    Attribute,
)
from rules_codspeed.capture.perf.attributes import Attributes
from rules_codspeed.capture.perf.record import HEADER_ATTR, SAMPLE, Record
from rules_codspeed.capture.perf.stream import Recording

_MODE = 7  # bits of misc
_USER = 2  # the mode of a program
# Addresses from here on mark the parts of a call chain.
_FIRST_MARK = (1 << 64) - 4095

# The parts of a sample in their order, 8 bytes each; READ and CALLCHAIN follow them.
_FIXED = (IDENTIFIER, IP, TID, TIME, ADDR, ID, STREAM_ID, CPU, PERIOD)

# Bits of read_format.
_READ_TIMES = (1 << 0, 1 << 1)  # enabled, running
_READ_GROUP = 1 << 3
_READ_OF_EACH = (1 << 2, 1 << 4)  # id, lost


class Sample(NamedTuple):
    """One sample; what its event does not record is 0 or empty.

    Attributes:
      pid: process.
      tid: thread.
      time: ns of the clock of the recording; None if the event does not record it.
      ip: address of the instruction.
      user: whether it was taken in the program, not in the kernel.
      period: how many events it stands for.
      callchain: addresses from the innermost frame on, without marks; with call chains by
        DWARF only those of the kernel.
      event: what was sampled.
    """

    pid: int
    tid: int
    time: int | None
    ip: int
    user: bool
    period: int
    callchain: tuple[int, ...]
    event: Attribute


def read_samples(file: BinaryIO, name: str) -> Iterator[Sample]:
    """Reads the samples of a recording in the order of the file.

    Args:
      file: a recording in pipe mode, at its start.
      name: name of the file in errors.

    Raises:
      DamagedFile: the recording is damaged.
      CodSpeedError: it is compressed, and zstandard is not installed.
      OSError: it cannot be read.
    """
    recording = Recording(file, name)
    attributes = Attributes(recording)
    known: Attribute | None = None
    for record in recording.records(frozenset({HEADER_ATTR, SAMPLE})):
        if record.type == HEADER_ATTR:
            attributes.add(record)
        else:
            event = attributes.of_sample(record)
            if event is not known:
                known, shape = event, _shape(event, recording.order)
            try:
                yield _read(record, event, shape, recording.order)
            except struct.error:
                raise attributes.short(record) from None
    attributes.check()


class _Shape(NamedTuple):
    """How the samples of an event are laid out.

    Attributes:
      fixed: format of the parts that always have the same size, one value for each but two
        for TID.
      ip: index of that value, or None if there is none; likewise the others.
    """

    fixed: struct.Struct
    ip: int | None
    tid: int | None
    time: int | None
    period: int | None


def _shape(event: Attribute, order: str) -> _Shape:
    index: dict[int, int] = {}
    form = order
    for bit in _FIXED:
        if event.sample_type & bit:
            index[bit] = len(form) - 1
            form += "ii" if bit == TID else "Q"
    return _Shape(struct.Struct(form), *(index.get(bit) for bit in (IP, TID, TIME, PERIOD)))


def _read(record: Record, event: Attribute, shape: _Shape, order: str) -> Sample:
    """Reads a sample; raises struct.error if it is too short."""
    body = record.body
    fixed = shape.fixed.unpack_from(body)
    ip = 0 if shape.ip is None else fixed[shape.ip]
    pid, tid = (0, 0) if shape.tid is None else fixed[shape.tid : shape.tid + 2]
    time = None if shape.time is None else fixed[shape.time]
    if shape.period is not None:
        period = fixed[shape.period]
    else:
        period = 0 if event.flags & FREQUENCY else event.period
    at = shape.fixed.size
    if event.sample_type & READ:
        at += 8 * _words_of_read(event.read_format, _words(body, at, 1, order)[0])
    callchain: tuple[int, ...] = ()
    if event.sample_type & CALLCHAIN:
        callchain = _words(body, at + 8, _words(body, at, 1, order)[0], order)
        if max(callchain, default=0) >= _FIRST_MARK:
            callchain = tuple([one for one in callchain if one < _FIRST_MARK])
    user = record.misc & _MODE == _USER
    return Sample(pid, tid, time, ip, user, period, callchain, event)


def _words(body: bytes, at: int, count: int, order: str) -> tuple[int, ...]:
    if at + 8 * count > len(body):
        # Checked before a format of that length is made.
        raise struct.error
    return struct.unpack_from(f"{order}{count}Q", body, at)


def _words_of_read(read_format: int, first: int) -> int:
    """Returns how many words the part READ has, whose first one is given."""
    times = sum(1 for bit in _READ_TIMES if read_format & bit)
    each = 1 + sum(1 for bit in _READ_OF_EACH if read_format & bit)
    return 1 + times + first * each if read_format & _READ_GROUP else times + each
