"""Callgrind's profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

from rules_codspeed.profiles.document import Benchmark, Function, Profile, Totals
from rules_codspeed.results.callgrind.process_tree import whole
from rules_codspeed.results.callgrind.reader import Part, read_parts
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd, Metadata
from rules_codspeed.results.graphs.call_graph import CallGraph
from rules_codspeed.results.graphs.graph_body import read_graphs

_VERSION = 1  # of the format; callgrind writes no other


def read(stream: BinaryIO, name: str, functions: bool) -> tuple[Profile, list[Part]]:
    """Reads a file.

    Raises:
      CallgrindError: it is damaged or truncated.
    """
    graphs: Iterator[tuple[Part, CallGraph | None]]
    if functions:
        graphs = iter(read_graphs(stream, name))
    else:
        graphs = ((part, None) for part in read_parts(stream, name))
    parts, benchmarks, integrations = [], [], []
    for part, graph in graphs:
        parts.append(part)
        if isinstance(part.trigger, BenchmarkEnd):
            found = _functions(graph) if graph else ()
            benchmarks.append(_benchmark(part, part.trigger.uri, found))
        elif isinstance(part.trigger, Metadata):
            integrations.append(f"{part.trigger.name} {part.trigger.version}".strip())
    pids = [part.pid for part in parts if part.pid]
    details = {"pid": pids[0] if pids else None, "integrations": integrations}
    totals = _sum(_totals(part) for part in parts)
    return Profile("callgrind", _VERSION, False, benchmarks, totals, details), parts


def benchmarks(processes: Mapping[int, Sequence[Part]]) -> list[Benchmark]:
    """Returns those of several processes: with the costs of what each of them started."""
    return [
        _benchmark(whole(part, processes), part.trigger.uri)
        for parts in processes.values()
        for part in parts
        if isinstance(part.trigger, BenchmarkEnd)
    ]


def _benchmark(part: Part, uri: str, functions: Sequence[Function] = ()) -> Benchmark:
    details = {"spawned": list(part.spawned)} if part.spawned else {}
    if part.threads:
        details["threads"] = list(part.threads)
    return Benchmark(uri, uri or f"#{part.number}", _totals(part), functions, details)


def _totals(part: Part) -> Totals:
    return dict(zip(part.events, part.totals, strict=True))


def _sum(parts: Iterable[Totals]) -> Totals:
    sums: dict[str, int | float] = {}
    for part in parts:
        for event, cost in part.items():
            sums[event] = sums.get(event, 0) + cost
    return sums


def _functions(graph: CallGraph) -> list[Function]:
    return [
        Function(
            frame.name,
            frame.file,
            frame.object,
            frame.kind,
            dict(zip(graph.events, graph.self_costs[at], strict=True)),
            dict(zip(graph.events, graph.inclusive(at), strict=True)),
        )
        for at, frame in enumerate(graph.frames)
    ]
