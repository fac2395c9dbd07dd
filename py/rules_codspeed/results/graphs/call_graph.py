"""Call graph of one benchmark: what each function cost, what it called, and at which cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Literal, NamedTuple

from rules_codspeed.results.simulation_metrics import simulation_metrics

Kind = Literal["function", "inlined", "other"]


class Frame(NamedTuple):
    """A place that costs belong to.

    Attributes:
      name: of the function; empty for inlined code whose function is not known.
      file: source file, or empty.
      object: program or library, or empty.
      line: first source line that cost something, or 0.
      kind: `function`; `inlined` for code within one; `other` for what was merged.
    """

    name: str
    file: str = ""
    object: str = ""
    line: int = 0
    kind: Kind = "function"


class Call(NamedTuple):
    """Calls of one function by another.

    Attributes:
      times: number of calls; 0 for inlined code, which is not called.
      costs: by event, including all that the called function called.
    """

    times: int
    costs: Sequence[int]


@dataclass(frozen=True, slots=True)
class CallGraph:
    """The content of one part of a callgrind profile.

    Attributes:
      events: names of what was counted.
      frames: each function, and each piece of code that is inlined into one.
      self_costs: of each frame, by event. They add up to the total of the part.
      calls: of each frame, by the index of the called one.
    """

    events: tuple[str, ...]
    frames: tuple[Frame, ...]
    self_costs: tuple[Sequence[int], ...]
    calls: tuple[dict[int, Call], ...]

    def totals(self) -> tuple[int, ...]:
        """Returns the cost of the part by event."""
        return tuple(sum(one[event] for one in self.self_costs) for event in self._columns())

    def inclusive(self, frame: int) -> tuple[int, ...]:
        """Returns what a frame cost including all that it called, without calls of itself.

        Functions that call each other in a cycle contain each other's costs: there the sum
        exceeds the part's total.
        """
        called = [call.costs for callee, call in self.calls[frame].items() if callee != frame]
        return tuple(
            self.self_costs[frame][event] + sum(one[event] for one in called)
            for event in self._columns()
        )

    def functions(self) -> dict[Frame, Sequence[int]]:
        """Returns the self costs of each frame; of equal frames together."""
        costs: dict[Frame, Sequence[int]] = {}
        for frame, own in zip(self.frames, self.self_costs, strict=True):
            known = costs.get(frame)
            costs[frame] = own if known is None else list(map(add, known, own))
        return costs

    def _columns(self) -> range:
        return range(len(self.events))


def joined(graphs: Sequence[CallGraph]) -> CallGraph:
    """Returns one graph of several processes, in the events of the first; frames stay separate."""
    first = graphs[0]
    frames: list[Frame] = []
    own: list[Sequence[int]] = []
    calls: list[dict[int, Call]] = []
    for graph in graphs:
        at = [graph.events.index(one) if one in graph.events else -1 for one in first.events]
        start = len(frames)

        def costs(row: Sequence[int], at: Sequence[int] = at) -> list[int]:
            return [row[column] if column >= 0 else 0 for column in at]

        frames += graph.frames
        own += map(costs, graph.self_costs)
        calls += [
            {start + callee: Call(one.times, costs(one.costs)) for callee, one in called.items()}
            for called in graph.calls
        ]
    return CallGraph(first.events, tuple(frames), tuple(own), tuple(calls))


def metric_graph(graph: CallGraph, metrics: Sequence[str]) -> CallGraph:
    """Returns the graph with metrics in place of callgrind's events.

    Args:
      graph: as read from a profile.
      metrics: names as in `metrics.simulation_metrics`, which are weighted sums of events.
        Those that were not measured are left out.
    """
    columns = range(len(graph.events))
    # How much one of each event adds to the metrics.
    ones = [simulation_metrics(graph.events, [int(i == j) for j in columns]) for i in columns]
    known = [name for name in metrics if ones and name in ones[0]]
    weights = [[(i, ones[i][name]) for i in columns if ones[i][name]] for name in known]

    def converted(costs: Sequence[int]) -> list[int]:
        return [sum([weight * costs[i] for i, weight in one]) for one in weights]

    return CallGraph(
        tuple(known),
        graph.frames,
        tuple(map(converted, graph.self_costs)),
        tuple(
            {callee: Call(call.times, converted(call.costs)) for callee, call in calls.items()}
            for calls in graph.calls
        ),
    )
