"""Which of the recorded processes belong to the benchmarks (spec: symbol-harvest 3.1)."""

from __future__ import annotations

from collections.abc import Iterable

from rules_codspeed.capture.perf.events import PROT_EXEC, Fork, Mmap2

# An integration of this name measures whole programs, in whichever processes they run.
_WHOLE_PROGRAMS = "exec-harness"


def first_tracked(
    bench_pids: Iterable[int], integration: tuple[str, str] | None
) -> set[int] | None:
    """Returns the processes to follow from the start, or None for all.

    Args:
      bench_pids: processes that ran benchmarks.
      integration: name and version, or None if the program never reported it.
    """
    if integration is not None and integration[0] == _WHOLE_PROGRAMS:
        return None
    return set(bench_pids)


class Processes:
    """A set of processes that grows by what they start.

    Attributes:
      tracked: the processes so far; None for all.
    """

    __slots__ = ("tracked",)

    def __init__(self, tracked: Iterable[int] | None) -> None:
        """Starts with some processes, or with all."""
        self.tracked = None if tracked is None else set(tracked)

    def includes(self, pid: int) -> bool:
        """Returns whether a process belongs to the benchmarks by now."""
        return self.tracked is None or pid in self.tracked

    def follow(self, fork: Fork) -> None:
        """Adds a process if its parent belongs to the benchmarks."""
        if self.tracked is not None and fork.ppid in self.tracked:
            self.tracked.add(fork.pid)


def may_be_module(mapping: Mmap2) -> bool:
    """Returns whether a mapping can be code of a file (spec: symbol-harvest 3.2, rules 2 to 4)."""
    path = mapping.path
    return (
        bool(mapping.prot & PROT_EXEC)
        and path != b"//anon"
        and not (path.startswith(b"[") and path.endswith(b"]"))
    )
