"""The results model: what was measured, and how.

Written as JSON by `summarize`, read with validation by `schema`; one document holds
the results of one target or of a whole suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

from rules_codspeed.contract.accounting import Outcome
from rules_codspeed.contract.instruments.queries import Query
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.mixed import Mixed, mixed

SCHEMA: Literal["rules_codspeed.results/1"] = "rules_codspeed.results/1"


@dataclass(frozen=True, slots=True)
class Timeline:
    """How many bytes were live, over the calls of the allocator.

    Attributes:
      step: how many calls a step has; the last step may have fewer.
      live: bytes that were live at most in each step.
    """

    step: int
    live: list[int]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The numbers of one benchmark.

    Attributes:
      uri: identity of the benchmark in its program, opaque text.
      label: Bazel label of the benchmark target.
      mode: how it was measured, for example `simulation`.
      metrics: number by name. Those that `results/modes` declares, and callgrind's
        events. What was not measured is absent.
      rounds_ns: walltime: of each process that measured it, the time of each round by
        iteration, in nanoseconds; empty where a framework reports only its statistics.
      queries: walltime: what the benchmark sent to the database that was observed.
      noise: by metric, how far it moves by the layout of memory alone: the largest difference
        between runs in several layouts; empty where it was not measured.
      timeline: memory: how many bytes were live, of those that the benchmark allocated; None
        where it was not seen.
    """

    uri: str
    label: str
    mode: str
    metrics: dict[str, int | float]
    rounds_ns: list[list[float]] = field(default_factory=list)
    noise: dict[str, int] = field(default_factory=dict)
    timeline: Timeline | None = None
    queries: list[Query] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """A benchmark, or a target as a whole, that gave no number.

    Attributes:
      uri: identity of the benchmark in its program; empty for all that the target has.
      label: Bazel label of the benchmark target.
      mode: how it was to be measured.
      outcome: `skipped` as its author had it, or `failed`.
      reason: for people; the first line is a sentence, those below it show more.
    """

    uri: str
    label: str
    mode: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a target or a suite: each benchmark is measured, skipped or failed.

    Attributes:
      benchmarks: those that were measured, sorted by label, mode and URI.
      provenance: how each label and mode was measured; of a target that failed there is none.
      mixed: what differs among the machines that measured; empty if nothing does.
      unmeasured: the benchmarks without a number, and the targets that failed, sorted likewise.
    """

    schema: Literal["rules_codspeed.results/1"]
    benchmarks: list[Benchmark]
    provenance: list[Provenance]
    mixed: list[Mixed] = field(default_factory=list)
    unmeasured: list[Unmeasured] = field(default_factory=list)

    @property
    def failed(self) -> list[Unmeasured]:
        """The benchmarks and targets that failed."""
        return [one for one in self.unmeasured if one.outcome == "failed"]

    def to_json(self) -> str:
        """Returns the document; equal results give equal bytes."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def merge(parts: Iterable[Results]) -> Results:
    """Merges several documents into one, sorted."""
    benchmarks: list[Benchmark] = []
    provenance: list[Provenance] = []
    unmeasured: list[Unmeasured] = []
    for part in parts:
        benchmarks += part.benchmarks
        provenance += part.provenance
        unmeasured += part.unmeasured
    return Results(
        SCHEMA,
        sorted(benchmarks, key=lambda one: (one.label, one.mode, one.uri)),
        sorted(provenance, key=lambda one: (one.label, one.mode)),
        mixed(provenance),
        sorted(unmeasured, key=lambda one: (one.label, one.mode, one.uri)),
    )
