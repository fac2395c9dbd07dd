"""Reads where a target's allocations were made: trees of call stacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from rules_codspeed.contract.data.allocation_stacks import FILE
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import parse_record
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import DEEPEST, MOST_NODES, CallTree
from rules_codspeed.results.graphs.tree_builder import TreeBuilder
from rules_codspeed.results.graphs.tree_pruning import pruned

BYTES = "bytes"
ALLOCATIONS = "allocations"
"""The events of such a tree."""
_EVENTS = (BYTES, ALLOCATIONS)
_Costs = tuple[int, int]


class _Benchmark(NamedTuple):
    uri: str
    depths: list[int]
    nodes: list[int]
    total: list[int]
    calls: list[int]


class _Document(NamedTuple):
    schema: Literal[1]
    frames: list[list[str]]
    benchmarks: list[_Benchmark]


def allocation_trees(
    folder: Path, most: int = MOST_NODES, least: float = 0.0
) -> dict[str, CallTree]:
    """Returns the trees of a profile folder by URI; none where stacks were not looked for.

    Args:
      folder: that memory mode left.
      most: maximum number of nodes, see `pruned`.
      least: see `pruned`.

    Raises:
      CodSpeedError: its file of stacks is damaged.
      OSError: it cannot be read.
    """
    file = folder / FILE
    if not file.exists():
        return {}
    try:
        document = parse_record(_Document, read_document(file, RESULTS_DOCUMENT))
        frames = [_frame(one) for one in document.frames]
        return {
            one.uri: pruned(_tree(one, frames), most, least)
            for one in document.benchmarks
            if any(one.calls)
        }
    except DocumentError as error:
        raise CodSpeedError(
            "the call stacks of allocations cannot be used",
            got=f"{file}: {error}",
            expected="what this version of rules_codspeed writes",
            fix="build the suite again with 'bazel run'",
        ) from error


def _frame(pair: Sequence[str]) -> Frame:
    if len(pair) != 2:
        raise DocumentError("a frame is not a pair of texts")
    return Frame(pair[0], object=pair[1])


def _tree(one: _Benchmark, frames: Sequence[Frame]) -> CallTree:
    _check(one, len(frames))
    own: list[_Costs] = list(zip(one.total, one.calls, strict=True))
    costs = list(own)
    path: list[int] = []
    parents: list[int] = []
    functions: dict[Frame, list[int]] = {}
    for node, depth in enumerate(one.depths):
        del path[depth:]
        parents.append(path[-1] if path else -1)
        path.append(node)
        sums = functions.setdefault(frames[one.nodes[node]], [0, 0])
        sums[:] = sums[0] + own[node][0], sums[1] + own[node][1]
    for node in range(len(costs) - 1, -1, -1):
        parent = parents[node]
        if parent >= 0:
            costs[parent] = costs[parent][0] + costs[node][0], costs[parent][1] + costs[node][1]
    builder = TreeBuilder(_EVENTS, functions)
    for node, parent in enumerate(parents):
        builder.add(parent, frames[one.nodes[node]], costs[node], own[node])
    return builder.tree()


def _check(one: _Benchmark, frames: int) -> None:
    """Raises DocumentError for columns that make no tree."""
    columns = (one.depths, one.nodes, one.total, one.calls)
    if len({len(column) for column in columns}) != 1 or min(map(min, columns)) < 0:
        raise DocumentError(f"the columns of {one.uri[:200]!r} differ in length, or are negative")
    deepest = -1
    for depth, node in zip(one.depths, one.nodes, strict=True):
        if depth > min(deepest + 1, DEEPEST) or node >= frames:
            raise DocumentError(f"the nodes of {one.uri[:200]!r} make no tree")
        deepest = depth
