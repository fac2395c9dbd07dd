"""What a mode declares about itself, and the types of its declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.modes.columns import Column, Metrics
from rules_codspeed.results.modes.sentences import Sentence

ISOLATED = "isolate"
"""Name of the condition that is `yes` where each benchmark had a process of its own."""

NANOSECONDS = "ns"
BYTES = "bytes"
HUNDREDTHS = "hundredths"


class ProfileKind(Enum):
    """What the profile folder of a mode holds, for readers of the costs of functions."""

    NONE = auto()
    CALLGRIND = auto()
    """Callgrind's profiles: exact costs by function and call."""
    SAMPLES = auto()
    """A recording of perf and the symbols to resolve it by."""
    ALLOCATIONS = auto()
    """Call stacks of allocations."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that a mode measures.

    Attributes:
      name: in results, for example `Ir` or `median_ns`.
      label: its name for people.
      unit: `ns` for times, `bytes` for sizes, `hundredths` for counts that are stored as a hundred
        times what they are, empty for other counts.
    """

    name: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What is stated beside the numbers of a mode.

    Attributes:
      how: how the numbers were measured; follows the count of the benchmarks, and may be empty.
      remarks: why numbers may differ, or what is missing.
    """

    how: Sentence = ()
    remarks: Sequence[Sentence] = ()


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode.

    Attributes:
      name: as users write it.
      metrics: what it measures.
      headline: names of the metrics that describe a benchmark in one line, the most important
        first.
      limits: by metric, how far it may move unless the user sets a limit: a percentage of the
        value before and, if it has a floor, the smallest change that counts: `1% and 64`.
      interpreted: by metric, the percentage by which the layout of memory alone is taken to move
        it in an interpreted program, where that was not measured and the user sets no limit.
      isolated: by metric of these, the most that this is where each benchmark had a process of
        its own.
      judged: metrics that give a verdict unless the user chooses others; empty for all that have
        limits.
      causes: by metric that sums up others, those others: it moves a verdict only where one of
        them passes its own limit, in the same direction.
      better: by metric, the one that is shown and judged in its place where it was measured.
      columns: makes the columns of the table from the metrics of each benchmark.
      notes: states how targets were measured, from their provenance.
      conditions: names what must be equal in two measurements, besides mode and platform, to
        compare them.
      profile: what its profile folder holds.
      executor: CodSpeed's name for it in the metadata of a run; None if it has no such
        executor, in which case the mode is not uploaded.
      one_part: whether the profiles of all targets become one upload; otherwise each target is
        an upload of its own.
    """

    name: str
    metrics: tuple[Metric, ...]
    headline: tuple[str, ...]
    columns: Callable[[Sequence[Metrics]], list[Column]]
    notes: Callable[[Sequence[Provenance]], Notes] = lambda provenance: Notes()
    conditions: Callable[[Provenance], Mapping[str, str]] = lambda provenance: {}
    limits: Mapping[str, str] = field(default_factory=dict)
    interpreted: Mapping[str, str] = field(default_factory=dict)
    isolated: Mapping[str, int] = field(default_factory=dict)
    judged: tuple[str, ...] = ()
    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    better: Mapping[str, str] = field(default_factory=dict)
    profile: ProfileKind = ProfileKind.NONE
    executor: Executor | None = None
    one_part: bool = False
