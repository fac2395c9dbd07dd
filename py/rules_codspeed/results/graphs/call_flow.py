"""Makes a call graph without cycles, in which every function passes on exactly what it cost.

Callgrind states what each caller's calls of a function cost, but not from where that caller
was called. And functions that call each other in a cycle have edges whose costs contain
each other: they are not parts of a whole. Here calls that close a cycle are dropped, so that
recursion is folded into its first function, and what a function cost is divided among its
callers in proportion to what their calls cost. Where there is no cycle, nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import sub

from rules_codspeed.results.graphs.call_graph import CallGraph

Costs = Sequence[int]


@dataclass(frozen=True, slots=True)
class CallFlow:
    """A call graph without cycles; costs are by event, and exact.

    Attributes:
      inclusive: for each frame, its own costs and those of `calls`.
      calls: for each frame, the frames it called, with the part of their costs that it caused.
      roots: frames that were entered from outside, with the part of their costs that this
        caused. They add up to the total of the graph.
    """

    inclusive: list[Costs]
    calls: list[list[tuple[int, Costs]]]
    roots: list[tuple[int, Costs]]


def call_flow(graph: CallGraph) -> CallFlow:
    """Returns what flows along the calls of a graph."""
    count = len(graph.frames)
    entered = _entered(graph)
    order, callers = _without_circles(graph, entered)
    inclusive: list[Costs] = [[]] * count
    calls: list[list[tuple[int, Costs]]] = [[] for _ in range(count)]
    roots = []
    for frame in order:
        below = [costs for _, costs in calls[frame]]
        total = list(map(sum, zip(graph.self_costs[frame], *below, strict=True)))
        inclusive[frame] = total
        if not any(total):
            continue
        weights: list[Sequence[int]] = [graph.calls[one][frame].costs for one in callers[frame]]
        weights.append(entered[frame])
        *parts, from_outside = split(total, weights)
        for caller, part in zip(callers[frame], parts, strict=True):
            calls[caller].append((frame, part))
        if any(from_outside):
            roots.append((frame, from_outside))
    return CallFlow(inclusive, calls, roots)


def split(total: Sequence[int], weights: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """Divides costs in proportion to weights, in whole numbers that add up to the costs.

    Where the weights of an event are all zero, those of the first event are taken; if they
    are zero too, the last part gets all.

    Args:
      total: costs by event.
      weights: of each part, by event; at least one part, none negative.
    """
    sums = list(map(sum, zip(*weights, strict=True)))
    if sums == list(total):
        return list(weights)
    columns = []
    for event, amount in enumerate(total):
        column = [weight[event if sums[event] else 0] for weight in weights]
        whole = sums[event] or sums[0]
        if whole:
            # Each part ends where its share of the whole, rounded down, ends.
            ends = [amount * end // whole for end in accumulate(column)]
            columns.append(list(map(sub, ends, [0, *ends])))
        else:
            columns.append([0] * (len(weights) - 1) + [amount])
    return list(zip(*columns, strict=True))


def _entered(graph: CallGraph) -> list[Costs]:
    """Returns the part of each frame's cost that no call accounts for."""
    events = range(len(graph.events))
    rest = [list(own) for own in graph.self_costs]
    for caller, calls in enumerate(graph.calls):
        for callee, call in calls.items():
            if callee != caller:
                for event in events:
                    cost = call.costs[event]
                    rest[caller][event] += cost
                    rest[callee][event] -= cost
    # Less than nothing is left where a signal or a long jump left calls unfinished.
    return [[max(0, cost) for cost in one] for one in rest]


def _without_circles(
    graph: CallGraph, entered: Sequence[Costs]
) -> tuple[list[int], list[list[int]]]:
    """Walks the graph from the entered frames, the most expensive first.

    Returns:
      Frames, each after those it calls; and the callers of each, without those whose calls
      close a cycle.
    """
    count = len(graph.frames)
    ranks = [own[0] if own else 0 for own in entered]
    starts = sorted(range(count), key=lambda one: (-ranks[one], graph.frames[one]))
    order: list[int] = []
    callers: list[list[int]] = [[] for _ in range(count)]
    is_open, is_done = [False] * count, [False] * count
    for start in starts:
        if is_done[start]:
            continue
        is_open[start] = True
        stack = [(start, iter(_callees(graph, start)))]
        while stack:
            frame, callees = stack[-1]
            for callee in callees:
                if is_open[callee]:
                    continue
                callers[callee].append(frame)
                if not is_done[callee]:
                    is_open[callee] = True
                    stack.append((callee, iter(_callees(graph, callee))))
                    break
            else:
                stack.pop()
                is_open[frame], is_done[frame] = False, True
                order.append(frame)
    return order, callers


def _callees(graph: CallGraph, frame: int) -> list[int]:
    calls = graph.calls[frame]
    if len(calls) < 2:
        return list(calls)
    return sorted(calls, key=lambda one: (-sum(calls[one].costs[:1]), graph.frames[one]))
