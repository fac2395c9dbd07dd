"""Adds up the costs of the benchmarks of a trace (spec: tracegrind 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add, sub

from rules_codspeed.results.tracegrind.rows import (
    ENTER,
    ENTER_INLINED,
    EXIT,
    EXIT_INLINED,
    FORK,
    MARKER,
    Name,
    Row,
    Trace,
)

_MODULUS = 1 << 64
_WRAPPED = 1 << 63
_MOST_FRAMES = 100_000  # of one thread's stack

Frame = tuple[Name, Name, Name, bool]
"""Name, object and file of a function, and whether it is inlined."""


@dataclass(slots=True)
class Window:
    """What was counted between two markers; costs are by counter.

    Attributes:
      text: of the marker at its end; empty after the last one.
      totals: of all threads.
      outside: of these, outside of any function.
      own: self cost of each function.
      inclusive: of each function, with what it called.
      forks: processes that were started.
    """

    text: Name
    totals: list[int]
    outside: list[int]
    own: dict[Frame, list[int]] = field(default_factory=dict)
    inclusive: dict[Frame, list[int]] = field(default_factory=dict)
    forks: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Thread:
    """The state of a thread.

    Attributes:
      sums: the tool's counters, modulo 2^64.
      total: what was counted so far.
      stack: its open frames.
      opened: of each of them, how often it is open, and `total` when it was first opened or the
        window began.
      window: number of the window of its last row.
    """

    sums: list[int]
    total: list[int]
    stack: list[Frame] = field(default_factory=list)
    opened: dict[Frame, tuple[int, list[int]]] = field(default_factory=dict)
    window: int = -1


class Fold:
    """Takes the rows of a trace.

    Attributes:
      windows: those that a marker ended.
      rest: what was counted after the last marker.
    """

    def __init__(self, counters: int) -> None:
        self.windows: list[Window] = []
        self._counters = counters
        self.rest = self._window()
        self._threads: dict[int, _Thread] = {}
        self._counted: dict[int, _Thread] = {}  # since the last marker

    def take(self, row: Row) -> None:
        """Takes a row.

        Raises:
          ValueError: its calls are nested too deeply.
        """
        if row.event == MARKER:
            self.end_window()
            self.rest.text = row.text
            self.windows.append(self.rest)
            self.rest = self._window()
        elif row.event == FORK:
            self.rest.forks.append(row.child)
        elif row.event in (ENTER, EXIT, ENTER_INLINED, EXIT_INLINED):
            self._cost(row)

    def end_window(self) -> None:
        """Books what the open frames cost so far: a marker, or the end of the file, follows."""
        for thread in self._counted.values():
            for frame, (times, before) in thread.opened.items():
                self._include(frame, thread.total, before)
                thread.opened[frame] = times, thread.total
        self._counted.clear()

    def _window(self) -> Window:
        return Window("", [0] * self._counters, [0] * self._counters)

    def _cost(self, row: Row) -> None:
        thread = self._threads.get(row.tid)
        if thread is None:
            thread = _Thread([0] * self._counters, [0] * self._counters)
            self._threads[row.tid] = thread
        is_first = thread.window != len(self.windows)
        thread.window = len(self.windows)
        costs = _true_costs(thread, row.deltas, is_first)
        if any(costs):
            self._counted[row.tid] = thread
            thread.total = list(map(add, thread.total, costs))
            _add(self.rest.totals, costs)
            own = self.rest.outside
            if thread.stack:
                own = self.rest.own.setdefault(thread.stack[-1], [0] * self._counters)
            _add(own, costs)
        if row.event in (ENTER, ENTER_INLINED):
            self._enter(thread, (*row.frame, row.event == ENTER_INLINED))
        elif thread.stack:
            self._leave(thread)

    def _enter(self, thread: _Thread, frame: Frame) -> None:
        if len(thread.stack) == _MOST_FRAMES:
            raise ValueError(f"more than {_MOST_FRAMES:,} calls within each other")
        thread.stack.append(frame)
        times, before = thread.opened.get(frame, (0, thread.total))
        thread.opened[frame] = times + 1, before

    def _leave(self, thread: _Thread) -> None:
        frame = thread.stack.pop()
        times, before = thread.opened.pop(frame)
        if times > 1:
            thread.opened[frame] = times - 1, before
        else:
            self._include(frame, thread.total, before)

    def _include(self, frame: Frame, total: Sequence[int], before: Sequence[int]) -> None:
        costs = list(map(sub, total, before))
        if any(costs):
            _add(self.rest.inclusive.setdefault(frame, [0] * self._counters), costs)


def _true_costs(thread: _Thread, deltas: Sequence[int], is_first: bool) -> Sequence[int]:
    """Returns what was counted since the last row of a thread.

    Where instrumentation started again, the tool's counters did so too, but not what it subtracts.
    """
    thread.sums = [
        (sum_ + delta) % _MODULUS for sum_, delta in zip(thread.sums, deltas, strict=True)
    ]
    restarted = any(delta >= _WRAPPED for delta in deltas) or (is_first and not thread.stack)
    return thread.sums if restarted else deltas


def _add(sums: list[int], costs: Sequence[int]) -> None:
    for at, cost in enumerate(costs):
        sums[at] += cost


def fold(trace: Trace) -> Fold:
    """Adds up a trace.

    Raises:
      ValueError: it is damaged, or its calls are nested too deeply.
    """
    found = Fold(len(trace.counters))
    for row in trace.rows():
        found.take(row)
    found.end_window()
    return found
