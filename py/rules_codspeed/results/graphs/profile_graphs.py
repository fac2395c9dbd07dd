"""Reads the call graphs of a profile folder (spec: simulation 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rules_codspeed.contract.perf_map import PerfMap, parse_perf_map, perf_map_name
from rules_codspeed.results.callgrind.process_tree import descendants
from rules_codspeed.results.callgrind.reader import Part, read_file
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd
from rules_codspeed.results.graphs.call_graph import CallGraph, Frame, joined
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.graphs.python_frames import read_python_frames, with_python_names

# As the measuring driver names them; a program's own files may end with .out too.
_PROFILE = re.compile(r"([0-9]+)\.out")
# What stands for code without a name: its place in its object. Profiles of other drivers have
# addresses in memory, which are higher but for those of programs at a fixed place.
_ADDRESS = re.compile(r"0x0{8}([0-9a-f]{8})(?![0-9a-f])")


def profile_graphs(profile: Path) -> Iterator[tuple[str, CallGraph]]:
    """Yields URI and call graph of each benchmark that counted something.

    Args:
      profile: folder with one callgrind file `<n>.out` per process, and maybe its `perf-<n>.map`.

    Raises:
      CallgrindError: a file is not a complete callgrind profile.
      OSError: a file cannot be read.
    """
    for number, file in profile_files(profile):
        yield from file_graphs(profile, number, file)


def file_graphs(profile: Path, number: int, file: Path) -> Iterator[tuple[str, CallGraph]]:
    """Yields those of one file of a folder; see `profile_graphs` and `profile_files`.

    The graph of a benchmark that started processes has theirs as well.
    """
    for part, graph in _graphs(profile, number, file):
        if isinstance(part.trigger, BenchmarkEnd):
            graphs = [graph, *_started(profile, part)]
            if any(map(any, map(CallGraph.totals, graphs))):
                yield part.trigger.uri, joined(graphs) if len(graphs) > 1 else graph


def _graphs(profile: Path, number: int, file: Path) -> Iterator[tuple[Part, CallGraph]]:
    perf_map = profile / perf_map_name(number)
    names = parse_perf_map(perf_map.read_bytes(), perf_map) if perf_map.is_file() else None
    python = read_python_frames(profile, number)
    with file.open("rb") as stream:
        for part, graph in read_graphs(stream, str(file)):
            named = _named(graph, names)
            yield part, named if python is None else with_python_names(named, python)


def _started(profile: Path, part: Part) -> list[CallGraph]:
    """Returns the graphs of the processes that a part started, and of those that these did."""
    if not part.spawned:
        return []
    files = dict(profile_files(profile))
    processes = {number: list(read_file(file)) for number, file in files.items()}
    return [
        graph
        for pid in descendants(part, processes)
        for _, graph in _graphs(profile, pid, files[pid])
    ]


def profile_files(profile: Path) -> list[tuple[int, Path]]:
    """Returns the callgrind files of a profile folder that hold something, by their numbers."""
    found = []
    for file in profile.iterdir():
        match = _PROFILE.fullmatch(file.name)
        # A process that is killed, or replaced by one that is not traced, leaves an empty file.
        if match and file.stat().st_size:
            found.append((int(match[1]), file))
    return sorted(found)


def _named(graph: CallGraph, names: PerfMap | None) -> CallGraph:
    """Names frames that have only an address: by a map, or by their place in their object."""

    def named(frame: Frame) -> Frame:
        name = names.name(frame.name) if names else frame.name
        if frame.object and (address := _ADDRESS.match(name)):
            place = f"{frame.object.rpartition('/')[2]}+0x{int(address[1], 16):x}"
            name = place + name[address.end() :]
        return frame._replace(name=name)

    return replace(graph, frames=tuple(map(named, graph.frames)))
