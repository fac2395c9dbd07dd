"""Which files are mapped as code in which process, and where (spec: symbol-harvest 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.capture.perf.events import Event, Fork, Mmap2
from rules_codspeed.capture.processes import Processes, may_be_module
from rules_codspeed.harvest.elf.load_bias import NoSegment, base_avma, load_bias


class ModuleRules(NamedTuple):
    """What differs between versions of the runner.

    Attributes:
      fork_inheritance: whether a child has the modules of its parent (4.16.2 and newer).
      exec_purge: whether a process that runs another program loses its modules (4.17.4
        and newer).
    """

    fork_inheritance: bool
    exec_purge: bool


class Mapped(NamedTuple):
    """A module in one process; addresses are those of the process.

    Attributes:
      bias: what to add to an address of the file, modulo 2^64.
      start: first address of the last mapping.
      end: address after its last.
      base: address of the base of the file.
    """

    bias: int
    start: int
    end: int
    base: int


@dataclass(frozen=True, slots=True)
class Modules:
    """The modules of all processes that belong to the benchmarks.

    Attributes:
      by_path: by the path in the recording, sorted, and by process, ascending.
      tracked: the processes whose maps and dumps of generated code count, ascending.
    """

    by_path: Mapping[str, Mapping[int, Mapped]]
    tracked: Sequence[int]


SegmentsOf = Callable[[bytes], Sequence[Segment] | None]


def load_modules(
    events: Iterable[Event], tracked: set[int] | None, segments_of: SegmentsOf, rules: ModuleRules
) -> Modules:
    """Follows the mappings of the processes of a recording.

    Args:
      events: in order, as from `ordered_events`.
      tracked: processes to follow from the start, or None for all.
      segments_of: returns the segments of the file of a path, or None if it is not an object
        file that can be read. Called once for each path.
      rules: those of the runner whose layout is written.
    """
    processes = Processes(tracked)
    tables = _Tables(segments_of)
    for event in events:
        if isinstance(event, Mmap2):
            if processes.includes(event.pid) and may_be_module(event):
                tables.map(event)
        elif isinstance(event, Fork):
            processes.follow(event)
            if rules.fork_inheritance and event.pid != event.ppid:
                tables.inherit(event.ppid, event.pid)
        elif event.execve and rules.exec_purge and processes.includes(event.pid):
            tables.purge(event.pid)
    by_path = tables.by_path()
    if processes.tracked is None:
        found = {pid for module in by_path.values() for pid in module}
    else:
        found = processes.tracked
    return Modules(by_path, sorted(found))


class _Tables:
    """The modules of each process by path.

    A child shares the table of its parent until one of them changes it: programs that fork
    a lot mostly run another program at once.
    """

    __slots__ = ("_by_pid", "_segments", "_segments_of", "_shared")

    def __init__(self, segments_of: SegmentsOf) -> None:
        self._segments_of = segments_of
        self._segments: dict[bytes, Sequence[Segment] | None] = {}
        self._by_pid: dict[int, dict[str, Mapped]] = {}
        self._shared: set[int] = set()  # processes whose table another process may share

    def map(self, event: Mmap2) -> None:
        """Adds a mapping, if it is one of an object file."""
        if event.path not in self._segments:
            self._segments[event.path] = self._segments_of(event.path)
        segments = self._segments[event.path]
        if segments is None:
            return
        try:
            bias = load_bias(segments, event.start, event.end, event.file_offset)
        except NoSegment:
            return
        mapped = Mapped(bias, event.start, event.end, base_avma(segments, bias))
        self._own(event.pid)[event.path.decode("utf-8", "replace")] = mapped

    def inherit(self, parent: int, child: int) -> None:
        """Gives a child what its parent has, except for what it has itself."""
        table = self._by_pid.get(parent)
        if not table:
            return
        if self._by_pid.get(child):
            self._by_pid[child] = {**table, **self._by_pid[child]}
            self._shared.discard(child)
        else:
            self._by_pid[child] = table
            self._shared |= {parent, child}

    def purge(self, pid: int) -> None:
        """Forgets what a process had."""
        self._by_pid.pop(pid, None)
        self._shared.discard(pid)

    def by_path(self) -> dict[str, dict[int, Mapped]]:
        """Returns what there is, sorted by path and process."""
        found: dict[str, dict[int, Mapped]] = {}
        for pid, table in sorted(self._by_pid.items()):
            for path, mapped in table.items():
                found.setdefault(path, {})[pid] = mapped
        return dict(sorted(found.items()))

    def _own(self, pid: int) -> dict[str, Mapped]:
        """Returns the table of a process, to be changed."""
        table = self._by_pid.setdefault(pid, {})
        if pid in self._shared:
            self._shared.discard(pid)
            table = self._by_pid[pid] = dict(table)
        return table
