"""Makes a call tree from sampled stacks."""

from __future__ import annotations

from rules_codspeed.contract.data.allocation_stacks import NO_STACK
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import DEEPEST, MOST_NODES, CallTree, FoldedStacks
from rules_codspeed.results.graphs.tree_builder import TreeBuilder
from rules_codspeed.results.graphs.tree_pruning import pruned

SAMPLES = "samples"
"""The event of such a tree."""


class _Node:
    """A frame below a stack; `samples` counts all that contain it, `own` those that end in it."""

    __slots__ = ("below", "own", "samples")

    def __init__(self) -> None:
        self.samples = 0
        self.own = 0
        self.below: dict[str, _Node] = {}


def stack_tree(stacks: FoldedStacks, most: int = MOST_NODES, least: float = 0.0) -> CallTree:
    """Returns the tree of stacks, with the event `samples`.

    Args:
      stacks: number of samples, at least 0, by stack, the outermost frame first.
      most: maximum number of nodes, see `pruned`.
      least: see `pruned`.
    """
    top = _Node()
    functions: dict[Frame, list[int]] = {}
    for stack, samples in stacks.items():
        node = top
        node.samples += samples
        for name in stack[:DEEPEST] or (NO_STACK,):
            node = node.below.setdefault(name, _Node())
            node.samples += samples
        node.own += samples
        functions.setdefault(Frame(stack[-1] if stack else NO_STACK), [0])[0] += samples
    builder = TreeBuilder([SAMPLES], functions)
    waiting = [(-1, top)]
    while waiting:
        place, node = waiting.pop()
        for name, below in node.below.items():
            if below.samples:
                added = builder.add(place, Frame(name), (below.samples,), (below.own,))
                waiting.append((added, below))
    return pruned(builder.tree(), most, least)
