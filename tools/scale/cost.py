"""What one target costs, as Bazel's execution log states it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = "CppLink"  # is made anew for each program that a change reaches
_MEASURES = ("CodSpeedSimulate", "CodSpeedMemory")
_FOLLOWS = ("CodSpeedResults", "CodSpeedCheck")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one target costs that is measured anew.

    Attributes:
      program_s: seconds of a processor to link its program.
      measure_s: likewise to measure it and to read the numbers.
      size: bytes that it writes to the cache.
      writes: blobs and action results that it writes to the cache.
    """

    program_s: float
    measure_s: float
    size: float
    writes: float


MEASURED = Cost(program_s=0.1, measure_s=0.35, size=3_600_000, writes=12)
"""Of the small programs in tests/benchmarks/native; docs/scale.md states how."""


def spawns(log: Path) -> Iterator[dict[str, object]]:
    """Yields the documents of an execution log.

    Raises:
      ValueError: it is none.
    """
    text = log.read_text("utf-8")
    decoder = json.JSONDecoder()
    place = 0
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        spawn, place = decoder.raw_decode(text, place)
        if not isinstance(spawn, dict):
            raise ValueError(f"no object, but {spawn!r:.40}")
        yield spawn


def cost(logs: Sequence[Path]) -> Cost:
    """Returns what a target costs on average, as execution logs state it.

    Raises:
      ValueError: they are none, or nothing was measured in them.
    """
    seconds: dict[str, list[float]] = {}
    size = writes = 0
    for log in logs:
        for spawn in spawns(log):
            kind = str(spawn.get("mnemonic"))
            if spawn.get("cacheHit") or kind not in (*_MEASURES, *_FOLLOWS, _PROGRAM):
                continue
            metrics = spawn.get("metrics")
            took = metrics.get("executionWallTime", "0s") if isinstance(metrics, dict) else "0s"
            seconds.setdefault(kind, []).append(float(str(took).rstrip("s")))
            outputs = spawn.get("actualOutputs")
            files = outputs if isinstance(outputs, list) else []
            # Sizes are texts in Bazel's JSON, as all numbers of 64 bits are in protobuf's.
            size += sum(int(file.get("digest", {}).get("sizeBytes", 0)) for file in files)
            writes += len(files) + 1
    targets = sum(len(seconds.get(kind, [])) for kind in _MEASURES)
    if not targets:
        raise ValueError("nothing is measured in it; build with --disk_cache= after a change")
    linked = seconds.get(_PROGRAM, [])
    measured = sum(sum(seconds.get(kind, [])) for kind in (*_MEASURES, *_FOLLOWS))
    return Cost(
        program_s=sum(linked) / len(linked) if linked else 0,
        measure_s=measured / targets,
        size=size / targets,
        writes=writes / targets,
    )
