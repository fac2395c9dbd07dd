"""What a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rules_codspeed.results.changes import Change, Key, Recorded
from rules_codspeed.results.graphs.call_tree import MOST_NODES, CallTree
from rules_codspeed.results.model import Results
from rules_codspeed.results.simulation_metrics import ESTIMATED_CYCLES, L1_MISSES, LL_MISSES

TREE_METRICS = ("Ir", L1_MISSES, LL_MISSES, ESTIMATED_CYCLES, "Ct", "Cl")
"""What a simulated benchmark's flame graph can show, for `call_graph.metric_graph`."""

_ALL_NODES = 400_000
_FEWEST_NODES = 200


class Point(NamedTuple):
    """One stored run of a series.

    Attributes:
      commit: what was measured; may be empty.
      time: seconds since 1970.
      value: of a metric.
    """

    commit: str
    time: float
    value: int | float


@dataclass(frozen=True, slots=True)
class Trees:
    """Where the costs of a benchmark are; None where there is no profile.

    Attributes:
      now: in machine code.
      base: likewise, of what it is compared with.
      python: in Python functions, by a second run that explains.
      python_base: likewise, of what it is compared with.
    """

    now: CallTree | None = None
    base: CallTree | None = None
    python: CallTree | None = None
    python_base: CallTree | None = None


@dataclass(frozen=True, slots=True)
class ReportModel:
    """What a report shows.

    Attributes:
      suite: Bazel label of the suite.
      results: of the suite.
      compared_with: what `changes` compare with, for a person; empty without a comparison.
      changes: of the benchmarks, those that are missing now among them.
      before: the benchmarks that `changes` compare with.
      history: series by benchmark and metric, the oldest first.
      trees: by benchmark.
      notes: what a reader should know before trusting a number.
    """

    suite: str
    results: Results
    compared_with: str = ""
    changes: Sequence[Change] = ()
    before: Mapping[Key, Recorded] = field(default_factory=dict)
    history: Mapping[Key, Mapping[str, Sequence[Point]]] = field(default_factory=dict)
    trees: Mapping[Key, Trees] = field(default_factory=dict)
    notes: Sequence[str] = ()


def tree_limits(benchmarks: int) -> tuple[int, float]:
    """Returns `most` and `least` for the call trees of a report of so many benchmarks.

    One benchmark gets all that a browser can show; of a thousand, a tree without what costs
    less than a thousandth.
    """
    most = max(_FEWEST_NODES, min(MOST_NODES, _ALL_NODES // max(1, benchmarks)))
    return most, 0.0 if most == MOST_NODES else 0.001
