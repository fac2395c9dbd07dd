"""Makes a call tree smaller by merging what costs least."""

from __future__ import annotations

from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import OTHER, CallTree
from rules_codspeed.results.graphs.tree_builder import TreeBuilder


def pruned(tree: CallTree, most: int, least: float = 0.0) -> CallTree:
    """Returns a tree with the same totals whose cheapest nodes are merged into `OTHER`.

    Args:
      tree: what to make smaller.
      most: maximum number of nodes, including those for what is merged; at least 1.
      least: fraction of the total of some event that a node costs; smaller ones are merged.
    """
    parents = tree.parents()
    costs = list(zip(*tree.inclusive(), strict=True))
    builder = TreeBuilder(tree.events, tree.functions, tree.merged)
    shares = [builder.share(one) for one in costs]
    kept = _kept(tree, parents, shares, most, least)
    own = list(zip(*tree.self_costs, strict=True))
    copies: dict[int, int] = {-1: -1}
    merged: dict[int, list[tuple[int, ...]]] = {}
    for node, parent in enumerate(parents):
        if parent not in copies:
            continue
        if kept[node]:
            frame: Frame = tree.frames[tree.nodes[node]]
            copies[node] = builder.add(copies[parent], frame, costs[node], own[node])
        elif shares[node]:
            merged.setdefault(copies[parent], []).append(costs[node])
    for parent, small in merged.items():
        total = list(map(sum, zip(*small, strict=True)))
        builder.merge(parent, total, max(map(builder.share, small)))
    return builder.tree()


def _kept(
    tree: CallTree, parents: list[int], shares: list[float], most: int, least: float
) -> list[bool]:
    """Returns which nodes stay: the most expensive, so that callers stay with what they called."""
    kept = [False] * len(parents)
    left = [0] * (len(parents) + 1)  # children that do not stay; of the roots last
    for parent in parents:
        left[parent] += 1
    room = most - 1
    # Costs only fall towards the leaves; of equal ones the caller is first.
    for node in sorted(range(len(parents)), key=lambda one: (-shares[one], one)):
        if tree.frames[tree.nodes[node]] == OTHER:
            continue
        # A node for what is merged below, one less above where this was the last.
        room -= 1 + (left[node] > 0) - (left[parents[node]] == 1)
        if room < 0 or shares[node] < least or not shares[node]:
            break
        kept[node] = True
        left[parents[node]] -= 1
    return kept
