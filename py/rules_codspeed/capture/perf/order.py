"""The events of a recording in the order in which they happened.

perf empties the buffer of one processor after the other, so the records of a file are
only roughly in order (spec: symbol-harvest 2.2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import BinaryIO

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.attributes import Attributes
from rules_codspeed.capture.perf.events import Event, read_event
from rules_codspeed.capture.perf.record import COMM, FINISHED_ROUND, FORK, HEADER_ATTR, MMAP2
from rules_codspeed.capture.perf.stream import Recording

# Events to hold at most. perf ends a round whenever it has emptied its buffers, which are
# too small for more.
MAX_PENDING = 1 << 20

_WANTED = frozenset({HEADER_ATTR, MMAP2, FORK, COMM, FINISHED_ROUND})


def ordered_events(file: BinaryIO, name: str) -> Iterator[Event]:
    """Reads the events by time, and those of the same time as they are in the file.

    Events without a time, which perf synthesizes for what existed before it started, come before
    all others that are not yielded yet. It holds two rounds of perf in memory.

    Args:
      file: a recording in pipe mode, at its start.
      name: name of the file in errors.

    Yields:
      The events of all processes.

    Raises:
      DamagedFile: the recording is damaged; what was yielded so far was in order.
      CodSpeedError: it is compressed, and zstandard is not installed.
      OSError: it cannot be read.
    """
    recording = Recording(file, name)
    attributes = Attributes(recording)
    pending: list[Event] = []
    newest = due = -1
    for record in recording.records(_WANTED):
        if record.type == HEADER_ATTR:
            attributes.add(record)
        elif record.type == FINISHED_ROUND:
            # A record of the round after the next is not older than one of this round.
            pending.sort(key=_time)
            count = bisect_right(pending, due, key=_time)
            yield from pending[:count]
            del pending[:count]
            due = newest
        else:
            event = read_event(record, attributes)
            newest = max(newest, _time(event))
            pending.append(event)
            if len(pending) > MAX_PENDING:
                raise DamagedFile(
                    name,
                    record.offset,
                    f"more than {MAX_PENDING} events in two rounds",
                    "a mark of perf (FINISHED_ROUND) between them",
                    "record again; the recording has lost its order",
                )
    attributes.check()
    pending.sort(key=_time)
    yield from pending


def _time(event: Event) -> int:
    return -1 if event.time is None else event.time
