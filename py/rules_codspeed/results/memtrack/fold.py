"""Adds up the events of an artifact (spec: memory 7, 8).

An artifact of memtrack holds a call as often as it was probed, so equal allocations at one address
count once. Events of unknown types are skipped: later versions add some between the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ALLOCATIONS = ("Malloc", "Calloc", "AlignedAlloc")
# With a fork too: what is known of the child's id is of a process that ended, maybe unseen.
_ENDS = ("Exec", "Exit", "Fork")


@dataclass(slots=True)
class Memory:
    """What was allocated; all but `calls` in bytes.

    Attributes:
      peak: what was live at most, of what was allocated since the start.
      total: sum of all sizes.
      calls: allocations.
    """

    peak: int = 0
    total: int = 0
    calls: int = 0


class Fold:
    """Takes events in the order of their times.

    Attributes:
      memory: so far.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self._live: dict[tuple[int, int], int] = {}
        self._current = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """Takes an event.

        Raises:
          ValueError: a field of it is missing, or no number.
        """
        kind = event.get("type")
        if kind in _ALLOCATIONS:
            self._allocate(_key(event), _field(event, "size"))
        elif kind == "Realloc":
            self._reallocate(event)
        elif kind == "Free":
            self._release(_key(event))
        elif kind in _ENDS:
            process = _field(event, "pid")
            for key in [key for key in self._live if key[0] == process]:
                self._release(key)

    def _reallocate(self, event: Mapping[str, Any]) -> None:
        old = _field(event, "old_addr") if event.get("old_addr") is not None else 0
        key, size = _key(event), _field(event, "size")
        if not old:
            self._allocate(key, size)
            return
        self._release((key[0], old))
        self._add(key, size)

    def _allocate(self, key: tuple[int, int], size: int) -> None:
        if self._live.get(key) != size:
            self._add(key, size)

    def _add(self, key: tuple[int, int], size: int) -> None:
        self._release(key)
        self._live[key] = size
        self._current += size
        self.memory.total += size
        self.memory.calls += 1
        self.memory.peak = max(self.memory.peak, self._current)

    def _release(self, key: tuple[int, int]) -> None:
        self._current -= self._live.pop(key, 0)


def fold_benchmarks(
    events: Iterable[Mapping[str, Any]],
    uri_by_ts: Sequence[tuple[int, str]],
    markers: Sequence[tuple[str, int]],
) -> dict[str, Memory]:
    """Returns what each benchmark allocated in its windows.

    Args:
      events: in any order.
      uri_by_ts: time of each name, which is after the windows that it names.
      markers: kind and time; a window is from `SampleStart` to `SampleEnd`.

    Raises:
      ValueError: an event is damaged.
    """
    named = sorted(uri_by_ts)
    folds = {uri: Fold() for _, uri in named}
    times = [time for time, _ in named]

    def fold_of(end: int) -> Fold | None:
        first = bisect_left(times, end)
        return folds[named[first][1]] if first < len(named) else None

    windows = [(start, end, fold_of(end)) for start, end in _windows(markers)]
    window = 0
    for event in sorted(events, key=lambda event: _field(event, "timestamp")):
        at = event["timestamp"]
        while window < len(windows) and windows[window][1] < at:
            window += 1
        if window < len(windows):
            start, _, fold = windows[window]
            # Processes also end between the windows of a benchmark.
            if fold and (start <= at or event.get("type") in _ENDS):
                fold.take(event)
    return {uri: fold.memory for uri, fold in folds.items()}


def _windows(markers: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
    windows: list[tuple[int, int]] = []
    opened: int | None = None
    for kind, at in sorted(markers, key=lambda marker: marker[1]):
        if kind == "SampleStart" and opened is None:
            opened = at
        elif kind == "SampleEnd" and opened is not None:
            windows.append((opened, at))
            opened = None
    return windows


def _key(event: Mapping[str, Any]) -> tuple[int, int]:
    return _field(event, "pid"), _field(event, "addr")


def _field(event: Mapping[str, Any], name: str) -> int:
    value = event.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name} of an event is {str(value)[:40]!r}, not a number from 0 on")
    return value
