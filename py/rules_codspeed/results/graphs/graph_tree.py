"""Unfolds a call graph into a call tree."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from operator import sub

from rules_codspeed.results.graphs.call_flow import CallFlow, Costs, call_flow, split
from rules_codspeed.results.graphs.call_graph import CallGraph
from rules_codspeed.results.graphs.call_tree import DEEPEST, MOST_NODES, CallTree
from rules_codspeed.results.graphs.tree_builder import TreeBuilder


def graph_tree(graph: CallGraph, most: int = MOST_NODES, least: float = 0.0) -> CallTree:
    """Returns the tree of a graph.

    What a function cost is divided among its callers in proportion to what their calls of it
    cost, and recursion is folded (`call_flow`).

    Args:
      graph: without negative costs.
      most: maximum number of nodes, including those for what is merged; at least 1.
      least: fraction of the total of some event that a node costs; smaller ones are merged.
    """
    return _Unfolding(graph, most, least).tree()


class _Unfolding:
    """A tree that grows where it is most expensive, as long as there is room."""

    def __init__(self, graph: CallGraph, most: int, least: float) -> None:
        self._graph = graph
        self._flow: CallFlow = call_flow(graph)
        self._most = most
        self._least = least
        self._builder = TreeBuilder(graph.events, graph.functions())
        # Negated share, node and frame of those whose calls are still to be added.
        self._waiting: list[tuple[float, int, int]] = []
        self._fractions: dict[int, float] = {}

    def tree(self) -> CallTree:
        self._add_calls(-1, self._flow.roots)
        while self._waiting:
            share, node, frame = heapq.heappop(self._waiting)
            self._unfold(node, frame, -share)
        return self._builder.tree()

    def _unfold(self, node: int, frame: int, share: float) -> None:
        """Divides the costs of a node: its own, and what it called."""
        costs, own = self._builder.costs[node], self._graph.self_costs[frame]
        largest = share * self._steepest(frame)
        if self._room(node) <= 0 or largest < self._least:
            # Most nodes end here: what they called need not be kept separate to be merged.
            whole = self._flow.inclusive[frame]
            kept = [
                cost * part // of if of else 0
                for cost, part, of in zip(costs, own, whole, strict=True)
            ]
            self._builder.keep(node, kept)
            self._builder.merge(node, list(map(sub, costs, kept)), largest)
            return
        calls = self._flow.calls[frame]
        parts = split(costs, [own, *(part for _, part in calls)])
        self._builder.keep(node, parts[0])
        callees = (callee for callee, _ in calls)
        self._add_calls(node, list(zip(callees, parts[1:], strict=True)))

    def _add_calls(self, parent: int, parts: Sequence[tuple[int, Costs]]) -> None:
        """Adds what a node called, as far as there is room; the rest is merged."""
        shares = [self._builder.share(costs) for _, costs in parts]
        kept = [one for one, share in enumerate(shares) if share and share >= self._least]
        room = self._room(parent)
        if len(kept) > room:
            kept = heapq.nlargest(max(0, room), kept, key=shares.__getitem__)
        for one in kept:
            frame, costs = parts[one]
            node = self._builder.add(parent, self._graph.frames[frame], costs, costs)
            if self._flow.calls[frame]:
                heapq.heappush(self._waiting, (-shares[one], node, frame))
            shares[one] = 0.0
        small = [costs for (_, costs), share in zip(parts, shares, strict=True) if share]
        if small:
            total = list(map(sum, zip(*small, strict=True)))
            self._builder.merge(parent, total, max(shares))

    def _room(self, parent: int) -> int:
        """Returns how many nodes may be added below another.

        A node that waits may need another for what will be merged below it, and so may this one.
        """
        if parent >= 0 and self._builder.depths[parent] + 2 >= DEEPEST:
            return 0
        return (self._most - len(self._builder) - len(self._waiting) - 1) // 2

    def _steepest(self, frame: int) -> float:
        """Returns the largest fraction of a frame's cost, in any event, due to one call."""
        found = self._fractions.get(frame)
        if found is None:
            whole = self._flow.inclusive[frame]
            found = self._fractions[frame] = max(
                part / of
                for _, call in self._flow.calls[frame]
                for part, of in zip(call, whole, strict=True)
                if of
            )
        return found
