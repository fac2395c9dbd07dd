"""The results model: what was measured, and how.

Written as JSON by `summarize`, read with validation by `schema`; one document holds
the results of one target or of a whole suite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

SCHEMA: Literal["rules_codspeed.results/1"] = "rules_codspeed.results/1"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The numbers of one benchmark.

    Attributes:
      uri: identity of the benchmark in its program, opaque text.
      label: Bazel label of the benchmark target.
      mode: how it was measured, such as `simulation`.
      metrics: number by name. Simulation: callgrind's events (counts), and what
        `metrics` derives from them. What was not measured is absent.
    """

    uri: str
    label: str
    mode: str
    metrics: dict[str, int]


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulator of a measurement; `sha256` is that of its package."""

    name: str
    flavor: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a target was measured, as the measuring driver writes it.

    Attributes:
      label: Bazel label of the benchmark target.
      mode: how it was measured.
      framework: how the program is driven, such as `hooks`.
      rules_version: version of rules_codspeed.
      platform: operating system and processor, such as `linux_x86_64`.
      host_key: what the measuring machines have in common, or empty.
      interpreter: version and build of the interpreter that ran the program, or empty.
      simulator: what simulated the processor.
      arguments: command line of the simulator without the program's.
      command: command line of the program.
      pins: environment variables that the driver fixed.
      aslr: `off`, or `allowed` where the kernel would not switch it off.
      randomness: who answered getrandom(2): `fixed`, a constant sequence, or `kernel`.
      isolate: whether each benchmark had a process of its own.
      debug_info: whether the program has debug info; None where it was not looked for.
      normalised: what was made independent of the machine in the profile.
    """

    schema: Literal[1]
    label: str
    mode: str
    framework: str
    rules_version: str
    platform: str
    host_key: str
    interpreter: str
    simulator: Simulator
    arguments: list[str]
    command: list[str]
    pins: dict[str, str]
    aslr: str
    randomness: str
    isolate: bool
    debug_info: bool | None
    normalised: list[str]


@dataclass(frozen=True, slots=True)
class Results:
    """Benchmarks sorted by label, mode and URI, and the provenance of each label and mode."""

    schema: Literal["rules_codspeed.results/1"]
    benchmarks: list[Benchmark]
    provenance: list[Provenance]

    def to_json(self) -> str:
        """Returns the document; equal results give equal bytes."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def merge(parts: Iterable[Results]) -> Results:
    """Returns one document of many, sorted."""
    benchmarks: list[Benchmark] = []
    provenance: list[Provenance] = []
    for part in parts:
        benchmarks += part.benchmarks
        provenance += part.provenance
    return Results(
        SCHEMA,
        sorted(benchmarks, key=lambda one: (one.label, one.mode, one.uri)),
        sorted(provenance, key=lambda one: (one.label, one.mode)),
    )
