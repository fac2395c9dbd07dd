"""Builds a call tree node by node, in any order in which callers come first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import mul

from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import OTHER, CallTree


class TreeBuilder:
    """Holds the nodes so far.

    Attributes:
      costs: of each node by event, including all that is below it.
      depths: of each node.
    """

    def __init__(
        self,
        events: Sequence[str],
        functions: Mapping[Frame, Sequence[int]],
        merged: float = 0.0,
    ) -> None:
        """Starts without a node.

        Args:
          events: names of what was counted.
          functions: see `CallTree`. They add up to the totals of the tree.
          merged: see `CallTree`.
        """
        self.costs: list[Sequence[int]] = []
        self.depths: list[int] = []
        self._events = tuple(events)
        self._frames: dict[Frame, int] = {}
        self._nodes: list[int] = []
        self._own: list[Sequence[int]] = []
        self._children: list[list[int]] = []
        self._roots: list[int] = []
        self._functions = functions
        totals = map(sum, zip(*functions.values(), strict=True))
        self._scales = [1 / one if one else 0.0 for one in totals]
        self._merged = merged

    def __len__(self) -> int:
        """Returns the number of nodes."""
        return len(self._nodes)

    def share(self, costs: Sequence[int]) -> float:
        """Returns the largest fraction of a total that costs are."""
        return max(map(mul, costs, self._scales), default=0.0)

    def add(self, parent: int, frame: Frame, costs: Sequence[int], own: Sequence[int]) -> int:
        """Adds a node.

        Args:
          parent: the caller's node, or -1.
          frame: what it shows.
          costs: by event, including all that will be below it.
          own: the part of the costs that will not be below it.

        Returns:
          The node.
        """
        node = len(self._nodes)
        self._nodes.append(self._frames.setdefault(frame, len(self._frames)))
        self._own.append(own)
        self._children.append([])
        self.costs.append(costs)
        self.depths.append(self.depths[parent] + 1 if parent >= 0 else 0)
        (self._children[parent] if parent >= 0 else self._roots).append(node)
        return node

    def keep(self, node: int, own: Sequence[int]) -> None:
        """Changes which part of a node's costs will not be below it."""
        self._own[node] = own

    def merge(self, parent: int, costs: Sequence[int], largest: float) -> None:
        """Adds one node `OTHER` for what was merged below another, unless that is nothing.

        Args:
          parent: the caller's node, or -1.
          costs: of all that is merged.
          largest: share of the largest of them, at most.
        """
        if any(costs):
            self.add(parent, OTHER, costs, costs)
            self._merged = max(self._merged, largest)

    def tree(self) -> CallTree:
        """Returns the tree: below each caller the most expensive first, what was merged last."""
        frames = list(self._frames)
        other = self._frames.get(OTHER)

        def place(node: int) -> tuple[bool, tuple[int, ...], Frame]:
            frame = self._nodes[node]
            return frame != other, tuple(self.costs[node]), frames[frame]

        order = []
        stack = sorted(self._roots, key=place)
        while stack:
            node = stack.pop()
            order.append(node)
            below = self._children[node]
            # The first one is taken first, from the end.
            stack += sorted(below, key=place) if len(below) > 1 else below
        return CallTree(
            self._events,
            tuple(frames),
            [self._nodes[node] for node in order],
            [self.depths[node] for node in order],
            [[self._own[node][event] for node in order] for event in range(len(self._events))],
            self._merged,
            self._functions,
        )
