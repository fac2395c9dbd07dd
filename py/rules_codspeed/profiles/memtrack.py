"""Memtrack's artifacts, and the time stamps that name their benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.profiles.document import Benchmark, Profile, Totals
from rules_codspeed.results import memory_metrics as metrics
from rules_codspeed.results.memtrack.artifact import read_events
from rules_codspeed.results.memtrack.fold import Fold, fold_benchmarks
from rules_codspeed.results.memtrack.fold import Memory as Folded
from rules_codspeed.results.message_pack import read_values

Event = Mapping[str, Any]
_MOST_EVENTS = 1_000_000  # some hundred bytes each while they are sorted
_MOST_TIMES = 1 << 20
_FIELDS = ("type", "timestamp", "pid", "addr", "size", "old_addr")


@dataclass
class Memory:
    """What the files of one measurement hold: events, names by time, and markers."""

    events: list[Event] = field(default_factory=list)
    named: list[tuple[int, str]] = field(default_factory=list)
    marked: list[tuple[str, int]] = field(default_factory=list)

    def benchmarks(self) -> list[Benchmark]:
        """Returns its benchmarks.

        Raises:
          ValueError: an event is damaged.
        """
        found = fold_benchmarks(self.events, self.named, self.marked)
        return [Benchmark(uri, uri, _totals(memory)) for uri, memory in found.items()]


def read(stream: BinaryIO) -> tuple[Profile, list[Event]]:
    """Reads an artifact.

    Raises:
      ValueError: it is damaged, cut off, or has more events than are held here.
    """
    events: list[Event] = [
        {name: event[name] for name in _FIELDS if name in event}
        for event in islice(read_events(stream), _MOST_EVENTS + 1)
    ]
    if len(events) > _MOST_EVENTS:
        raise ValueError(f"more than {_MOST_EVENTS:,} events")
    kinds = Counter(str(event.get("type")) for event in events)
    details = {"events": dict(sorted(kinds.items()))}
    return Profile("memtrack", None, False, [], whole(events), details), events


def whole(events: Iterable[Event]) -> Totals:
    """Returns what a program allocated, from its start to its end."""
    fold = Fold()
    for event in sorted(events, key=_time):
        fold.take(event)
    return _totals(fold.memory)


def read_times(stream: BinaryIO) -> tuple[list[tuple[int, str]], list[tuple[str, int]]]:
    """Reads time stamps: names by time, and markers.

    Raises:
      ValueError: it is no such file.
    """
    values = list(read_values([stream.read(DOCUMENT.size)], _MOST_TIMES))
    times = values[0] if len(values) == 1 else None
    try:
        assert isinstance(times, dict)
        named = [(int(at), str(uri)) for at, uri in times["uri_by_ts"]]
        marked = [(str(kind), int(at)) for one in times["markers"] for kind, at in one.items()]
    except (AssertionError, KeyError, ValueError, TypeError, AttributeError):
        raise ValueError("no time stamps of benchmarks (byte 0)") from None
    return named, marked


def _totals(memory: Folded) -> Totals:
    return {
        metrics.PEAK: memory.peak,
        metrics.TOTAL: memory.total,
        metrics.CALLS: memory.calls,
    }


def _time(event: Event) -> int:
    at = event.get("timestamp")
    if not isinstance(at, int):
        raise ValueError(f"the timestamp of an event is {str(at)[:40]!r}, not a number")
    return at
