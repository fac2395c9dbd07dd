"""An event that perf was to record, and where time and id are in its records.

Format: perf_event_open(2), `struct perf_event_attr` (spec: symbol-harvest 2.1, 2.2).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.record import Record
from rules_codspeed.capture.perf.stream import Recording

# Bits of sample_type.
IP = 1 << 0
TID = 1 << 1
TIME = 1 << 2
ADDR = 1 << 3
READ = 1 << 4
CALLCHAIN = 1 << 5
ID = 1 << 6
CPU = 1 << 7
PERIOD = 1 << 8
STREAM_ID = 1 << 9
IDENTIFIER = 1 << 16

# Bits of flags.
EXCLUDE_KERNEL = 1 << 5
FREQUENCY = 1 << 10
SAMPLE_ID_ALL = 1 << 18

# The parts of a trailer in their order, 8 bytes each.
_TRAILER = (TID, TIME, ID, STREAM_ID, CPU, IDENTIFIER)
# What precedes the id in a sample that has no identifier, 8 bytes each.
_BEFORE_ID = (IP, TID, TIME, ADDR)

# type, size, config, sample_period or sample_freq, sample_type, read_format, flags
_ATTR = "IIQQQQQ"
_ATTR_SIZE = struct.calcsize("<" + _ATTR)

# By type and config.
_NAMES = {
    0: (
        "cycles",
        "instructions",
        "cache-references",
        "cache-misses",
        "branches",
        "branch-misses",
        "bus-cycles",
        "stalled-cycles-frontend",
        "stalled-cycles-backend",
        "ref-cycles",
    ),
    1: (
        "cpu-clock",
        "task-clock",
        "page-faults",
        "context-switches",
        "cpu-migrations",
        "minor-faults",
        "major-faults",
        "alignment-faults",
        "emulation-faults",
        "dummy",
        "bpf-output",
        "cgroup-switches",
    ),
}
FIX = "record again; if that does not help, use another version of perf"


class Layout(NamedTuple):
    """Where the records of an event have the parts that all events have.

    Attributes:
      size: bytes of the trailer at the end of records other than samples; 0 without one.
      time: bytes of the trailer before the time; None if it has none.
      sample_id: bytes of a sample before the id of its event; None if it has none.
      identified: whether the id is the last part of each trailer, and the first of a sample.
    """

    size: int
    time: int | None
    sample_id: int | None
    identified: bool


class Attribute(NamedTuple):
    """One recorded event.

    Attributes:
      type: kind of event (`PERF_TYPE_*`).
      config: which event of the kind.
      period: events between two samples, if `flags` has no `FREQUENCY`.
      sample_type: what its samples have, as bits.
      read_format: format of the part `READ` of its samples, as bits.
      flags: the bit field of the structure, lowest bit first.
      ids: the ids by which its records name it, one for each processor.
      layout: the layout of its records.
    """

    type: int
    config: int
    period: int
    sample_type: int
    read_format: int
    flags: int
    ids: tuple[int, ...]
    layout: Layout


def event_name(attribute: Attribute) -> str:
    """Returns the name of an event as perf shows it.

    Of the modifiers it has `u`, without samples of the kernel: perf chooses it by itself, and says
    nothing, where it may not sample the kernel.
    """
    names = _NAMES.get(attribute.type, ())
    number = attribute.config & 0xFFFFFFFF  # above: the unit of a processor with several kinds
    known = number < len(names)
    name = names[number] if known else f"event {attribute.type}:{attribute.config:#x}"
    return f"{name}:u" if attribute.flags & EXCLUDE_KERNEL else name


def read_attribute(record: Record, recording: Recording) -> Attribute:
    """Reads a record of type HEADER_ATTR.

    Raises:
      DamagedFile: it is too short.
    """
    body, order = record.body, recording.order
    if len(body) < _ATTR_SIZE:
        raise DamagedFile(
            recording.name,
            record.offset,
            f"an event described by {len(body)} bytes",
            f"at least {_ATTR_SIZE} bytes",
            FIX,
        )
    kind, size, config, period, sample_type, read_format, flags = struct.unpack_from(
        order + _ATTR, body
    )
    if not _ATTR_SIZE <= size <= len(body):
        raise DamagedFile(
            recording.name,
            record.offset,
            f"an event that announces {size} bytes of description",
            f"{_ATTR_SIZE} to {len(body)} bytes, which is what the record has",
            FIX,
        )
    if order == ">":
        # In that byte order a bit field starts at the other end.
        flags = int(f"{flags:064b}"[::-1], 2)
    count = (len(body) - size) // 8
    ids = struct.unpack_from(f"{order}{count}Q", body, size)
    layout = _layout(sample_type, bool(flags & SAMPLE_ID_ALL))
    return Attribute(kind, config, period, sample_type, read_format, flags, ids, layout)


def _layout(sample_type: int, trailer: bool) -> Layout:
    parts = [bit for bit in _TRAILER if trailer and sample_type & bit]
    time = 8 * parts.index(TIME) if TIME in parts else None
    identified = bool(sample_type & IDENTIFIER)
    sample_id = None
    if identified:
        sample_id = 0
    elif sample_type & ID:
        sample_id = 8 * sum(1 for bit in _BEFORE_ID if sample_type & bit)
    return Layout(8 * len(parts), time, sample_id, identified)
