"""What is printed of a profile."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable

Totals = Mapping[str, int | float]
"""Costs by the name of the event, counter or statistic."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a benchmark.

    Attributes:
      name: empty if it is not known.
      file: source file, or empty.
      object: program or library, or empty.
      kind: `function`, `inlined` or `other`.
      own: its self cost.
      inclusive: with what it called.
    """

    name: str
    file: str
    object: str
    kind: str
    own: Totals
    inclusive: Totals


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark.

    Attributes:
      uri: identity of the benchmark; the text of the marker that ended it.
      name: for people; equal to `uri` where the format has none.
      totals: what it cost.
      functions: what these are made of, if the format says so and it was asked for.
      details: what else the format states.
    """

    uri: str
    name: str
    totals: Totals
    functions: Sequence[Function] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """A file, or several.

    Attributes:
      format: `callgrind`, `tracegrind`, `memtrack`, `walltime`, `perf`, `archive`, `folder` or
        `files`.
      version: of the format; None where it has none.
      truncated: whether its end is missing, though what is there can be read.
      benchmarks: in order.
      totals: of the whole file, also outside of benchmarks.
      details: what else the format states.
    """

    format: str
    version: int | str | None = None
    truncated: bool = False
    benchmarks: Sequence[Benchmark] = ()
    totals: Totals = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """Returns the JSON object."""
        return {
            "format": self.format,
            "version": self.version,
            "truncated": self.truncated,
            "benchmarks": [_benchmark(one) for one in self.benchmarks],
            "totals": dict(self.totals),
            **self.details,
        }

    def to_json(self) -> str:
        """Returns the document; what is no text in a name is escaped."""
        return json.dumps(self.value(), indent=1, ensure_ascii=True) + "\n"


def _benchmark(one: Benchmark) -> dict[str, Any]:
    value = {"uri": one.uri, "name": one.name, "totals": dict(one.totals), **one.details}
    if one.functions:
        value["functions"] = [
            {
                "name": function.name,
                "file": function.file,
                "object": function.object,
                "kind": function.kind,
                "self": dict(function.own),
                "inclusive": dict(function.inclusive),
            }
            for function in one.functions
        ]
    return value


def bad_profile(name: str, error: object) -> CodSpeedError:
    """Returns the error of a file that cannot be read.

    Args:
      name: of the file.
      error: what is wrong with it, with its place.
    """
    return CodSpeedError(
        f"{printable(name)} cannot be read as a profile",
        got=error,
        expected="a complete profile: a callgrind file, a trace of tracegrind, an artifact of "
        "memtrack, a results document of walltime, a recording of perf, or an archive of them",
        fix="measure again, or pass another file",
    )
