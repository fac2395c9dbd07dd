"""Call tree of a benchmark, as in a flame graph: frames below the frames that called them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rules_codspeed.results.graphs.call_graph import Frame

MOST_NODES = 100_000
"""Nodes of one tree that a browser still shows without delay."""
DEEPEST = 500
"""Most nodes from the outermost to the innermost; what is below is merged into the last."""
OTHER = Frame("(other)", kind="other")
"""Stands for frames that were merged, because each was too small."""

FoldedStacks = Mapping[tuple[str, ...], int]
"""Walltime: number of samples by stack, the outermost frame first."""


@dataclass(frozen=True, slots=True)
class CallTree:
    """A tree as columns: nodes in preorder, so that a frame comes before those it called.

    Attributes:
      events: names of what was counted.
      frames: each once.
      nodes: index into `frames` of each node.
      depths: of each node; 0 if nothing called it, and at most one more than the node before.
      self_costs: of each event, by node. They add up to the total of the benchmark.
      merged: upper bound of the largest part that `OTHER` stands for, as a fraction of the
        total of the event where that is largest; 0 if there is none.
      functions: self costs of each frame by event, in all of the tree, before anything was
        merged.
    """

    events: tuple[str, ...]
    frames: tuple[Frame, ...]
    nodes: list[int]
    depths: list[int]
    self_costs: list[list[int]]
    merged: float
    functions: Mapping[Frame, Sequence[int]]

    def totals(self) -> tuple[int, ...]:
        """Returns the cost of the benchmark by event."""
        return tuple(map(sum, self.self_costs))

    def parents(self) -> list[int]:
        """Returns the parent of each node; -1 if nothing called it."""
        path: list[int] = []
        parents = []
        for node, depth in enumerate(self.depths):
            del path[depth:]
            parents.append(path[-1] if path else -1)
            path.append(node)
        return parents

    def inclusive(self) -> list[list[int]]:
        """Returns for each event, by node, what the node cost including all below it."""
        parents = self.parents()
        columns = []
        for own in self.self_costs:
            column = own.copy()
            for node in range(len(parents) - 1, -1, -1):
                if parents[node] >= 0:
                    column[parents[node]] += column[node]
            columns.append(column)
        return columns
