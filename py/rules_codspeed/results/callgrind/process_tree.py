"""Gives the costs of started processes to the benchmarks that started them.

A part states the processes that were started in it (`Part.spawned`). Their whole cost, and that of
the processes that they started in turn, is the part's as well (spec: valgrind-fork 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from rules_codspeed.results.callgrind.reader import Part
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd

Processes = Mapping[int, Sequence[Part]]
"""The parts of each process, by its id."""


def descendants(part: Part, processes: Processes) -> list[int]:
    """Returns the processes that a part started, with those that these started, each once.

    Those that left no profile are left out.
    """
    found: dict[int, None] = {}
    waiting = list(reversed(part.spawned))
    while waiting:
        pid = waiting.pop()
        if pid in found or pid == part.pid or pid not in processes:
            continue
        found[pid] = None
        waiting += reversed([one for started in processes[pid] for one in started.spawned])
    return list(found)


def whole(part: Part, processes: Processes) -> Part:
    """Returns a part with the costs of all processes that it started, in the part's events."""
    started = [one for pid in descendants(part, processes) for one in processes[pid]]
    if not started:
        return part
    costs = dict(zip(part.events, part.totals, strict=True))
    for one in started:
        for event, cost in zip(one.events, one.totals, strict=True):
            if event in costs:
                costs[event] += cost
    return replace(part, totals=tuple(costs.values()))


def adopted(processes: Processes) -> set[int]:
    """Returns the processes whose costs are those of a benchmark of another one."""
    return set(_adopted(processes))


def _adopted(processes: Processes) -> Iterator[int]:
    for parts in processes.values():
        for part in parts:
            if isinstance(part.trigger, BenchmarkEnd):
                yield from descendants(part, processes)
