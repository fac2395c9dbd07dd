"""Lays the call tree of a benchmark over that of the base."""

from __future__ import annotations

from dataclasses import dataclass

from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import CallTree


@dataclass(frozen=True, slots=True)
class Overlay:
    """Nodes of one or both trees, in preorder.

    Attributes:
      events: those of the tree now.
      frames: of each node, as it is now if it is there.
      depths: of each node.
      now: self costs of each event, by node.
      base: likewise; None for an event that the base did not count, and without a base.
    """

    events: tuple[str, ...]
    frames: list[Frame]
    depths: list[int]
    now: list[list[int]]
    base: list[list[int] | None] | None


def overlay(now: CallTree, base: CallTree | None) -> Overlay:
    """Returns the nodes of both trees; equal are frames below equal frames, whatever their line."""
    if base is None:
        frames = [now.frames[index] for index in now.nodes]
        return Overlay(now.events, frames, now.depths, now.self_costs, None)
    width = len(now.events)
    laid = _Laid()
    own = laid.add(now)
    others = laid.add(base)
    costs = [[0] * (2 * width) for _ in laid.frames]
    _sum(costs, own, now.self_costs, range(width))
    place = {event: width + at for at, event in enumerate(now.events)}
    known = [at for at, event in enumerate(base.events) if event in place]
    columns = [base.self_costs[at] for at in known]
    _sum(costs, others, columns, [place[base.events[at]] for at in known])
    order, depths = laid.preorder()
    table = [[costs[node][column] for node in order] for column in range(2 * width)]
    return Overlay(
        now.events,
        [laid.frames[node] for node in order],
        depths,
        table[:width],
        [table[place[event]] if event in base.events else None for event in now.events],
    )


def _sum(
    costs: list[list[int]], nodes: list[int], columns: list[list[int]], places: list[int] | range
) -> None:
    for column, place in zip(columns, places, strict=True):
        for node, cost in zip(nodes, column, strict=True):
            costs[node][place] += cost


class _Laid:
    """Nodes of several trees, those of the first one first."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._children: list[list[int]] = [[]]  # by node plus one: of the roots first
        self._nodes: dict[tuple[int, Frame], int] = {}

    def add(self, tree: CallTree) -> list[int]:
        """Adds a tree; returns what stands for each of its nodes."""
        keys = [one._replace(line=0) for one in tree.frames]
        path: list[int] = []
        nodes = []
        for index, depth in zip(tree.nodes, tree.depths, strict=True):
            parent = path[depth - 1] if depth else -1
            new = len(self.frames)
            node = self._nodes.setdefault((parent, keys[index]), new)
            if node == new:
                self.frames.append(tree.frames[index])
                self._children.append([])
                self._children[parent + 1].append(node)
            del path[depth:]
            path.append(node)
            nodes.append(node)
        return nodes

    def preorder(self) -> tuple[list[int], list[int]]:
        """Returns the nodes, callers first, and their depths."""
        order, depths = [], []
        stack = [(node, 0) for node in reversed(self._children[0])]
        while stack:
            node, depth = stack.pop()
            order.append(node)
            depths.append(depth)
            stack += [(below, depth + 1) for below in reversed(self._children[node + 1])]
        return order, depths
