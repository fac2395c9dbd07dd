"""What was measured now: the results of the targets, and which functions cost how much."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import read_record
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.provenance import Provenance, checked
from rules_codspeed.contract.strict_json import load_json, read_document
from rules_codspeed.judge.baseline import LEAST_SHARE, MOST_FUNCTIONS, MOST_ROUNDS, Functions
from rules_codspeed.judge.config import Target
from rules_codspeed.results.callgrind.reader import CallgrindError
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.conditions import conditions
from rules_codspeed.results.model import Unmeasured

if TYPE_CHECKING:
    from rules_codspeed.results.graphs.call_graph import CallGraph

# How callgrind names the levels of a recursion.
_LEVEL = re.compile(r"'[0-9]+$")


@dataclass(frozen=True, slots=True)
class Measured:
    """What targets gave.

    Attributes:
      benchmarks: those with numbers.
      unmeasured: those without, and the targets that failed.
    """

    benchmarks: Mapping[Key, Recorded]
    unmeasured: Sequence[Unmeasured]


def read_measured(targets: Sequence[Target]) -> Measured:
    """Reads the results of targets.

    Raises:
      CodSpeedError: they are none of this version's.
    """
    found: dict[Key, Recorded] = {}
    unmeasured: list[Unmeasured] = []
    for target in targets:
        try:
            # An action of this version wrote and checked it: no schema is needed here.
            document = load_json(read_document(target.results, RESULTS_DOCUMENT))
            unmeasured += [Unmeasured(**one) for one in document["unmeasured"]]
            found |= _benchmarks(target, document)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CodSpeedError(
                f"no results of {target.label}",
                got=repr(error),
                expected="results of this version of rules_codspeed",
                fix="build the test again",
            ) from error
    return Measured(found, unmeasured)


def _benchmarks(target: Target, document: Any) -> dict[Key, Recorded]:
    if not document["provenance"]:
        return {}
    (provenance,) = document["provenance"]
    how = checked(read_record(Provenance, provenance))
    under = conditions(how)
    found = {}
    for one in document["benchmarks"]:
        rounds = [_fewer(times) for times in one["rounds_ns"]]
        key = (target.label, target.mode, one["uri"])
        found[key] = Recorded(one["metrics"], rounds, under, how.inputs, one["noise"])
    return found


def _fewer(times: Sequence[float]) -> list[float]:
    """Returns at most MOST_ROUNDS times, evenly out of the sorted ones."""
    if len(times) <= MOST_ROUNDS:
        return list(times)
    in_order = sorted(times)
    last = len(in_order) - 1
    return [in_order[last * index // (MOST_ROUNDS - 1)] for index in range(MOST_ROUNDS)]


def read_functions(profile: Path, metrics: Sequence[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Returns the own cost of every function, by URI and function.

    Args:
      profile: profile folder of a simulation; any other has none of them.
      metrics: names of what is judged.
    """
    # Needed only to explain a change or to write a baseline.
    from rules_codspeed.results.callgrind.trigger import BenchmarkEnd
    from rules_codspeed.results.graphs.call_graph import metric_graph
    from rules_codspeed.results.graphs.graph_body import read_graphs

    found: dict[str, dict[str, dict[str, int]]] = {}
    for file in sorted(profile.glob("*.out")):
        with file.open("rb") as stream:
            try:
                for part, graph in read_graphs(stream, str(file)):
                    if isinstance(part.trigger, BenchmarkEnd):
                        costs = found.setdefault(part.trigger.uri, {})
                        add_functions(costs, metric_graph(graph, metrics))
            except CallgrindError as error:
                raise CodSpeedError(
                    f"the profile {file} cannot be read",
                    got=error,
                    expected="a profile of this version",
                    fix="measure it again",
                ) from error
    return found


def add_functions(costs: dict[str, dict[str, int]], graph: CallGraph) -> None:
    """Adds what each function of a graph costs itself, with the code that is inlined into it."""
    for index, frame in enumerate(graph.frames):
        if frame.kind == "inlined":
            continue
        inlined = [one for one in graph.calls[index] if graph.frames[one].kind == "inlined"]
        name = _LEVEL.sub("", frame.name) or frame.file
        of_function = costs.setdefault(name, dict.fromkeys(graph.events, 0))
        for own in (graph.self_costs[index], *(graph.self_costs[one] for one in inlined)):
            for metric, cost in zip(graph.events, own, strict=True):
                of_function[metric] += cost


def costliest(functions: Functions) -> Functions:
    """Returns the functions of a benchmark that a baseline holds."""
    metrics = next(iter(functions.values()), {})
    kept: dict[str, None] = {}
    for metric in metrics:
        total = sum(costs[metric] for costs in functions.values())
        most = heapq.nlargest(MOST_FUNCTIONS, functions, key=lambda name: functions[name][metric])
        kept |= {
            name: None for name in most if functions[name][metric] * LEAST_SHARE >= max(total, 1)
        }
    return {name: functions[name] for name in sorted(kept)}
