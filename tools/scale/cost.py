"""What one target costs, as Bazel's execution log states it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError

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


def spawns(log: Path) -> Iterator[dict[str, Any]]:
    """Yields the documents of an execution log.

    Raises:
      ValueError: it is none.
      OSError: it cannot be read.
    """
    text = log.read_text("utf-8")
    decoder = json.JSONDecoder()
    place = _after_blanks(text, 0)
    while place < len(text):
        spawn, place = decoder.raw_decode(text, place)
        if not isinstance(spawn, dict):
            raise ValueError(f"no object, but {spawn!r:.40}")
        yield spawn
        place = _after_blanks(text, place)


def _after_blanks(text: str, place: int) -> int:
    while text[place : place + 1].isspace():
        place += 1
    return place


def cost(logs: Sequence[Path]) -> Cost:
    """Returns what a target costs on average, as execution logs state it.

    Raises:
      CodSpeedError: they are none, or nothing was measured in them.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    count: Counter[str] = Counter()
    size = writes = 0
    for log in logs:
        for kind, took, sizes in _executed(log):
            seconds[kind] += took
            count[kind] += 1
            size += sum(sizes)
            writes += len(sizes) + 1  # the result of the action
    targets = sum(count[kind] for kind in _MEASURES)
    if not targets:
        raise CodSpeedError(
            f"nothing is measured in {', '.join(map(str, logs))}",
            got="no action of " + " or ".join(_MEASURES) + " that was run",
            expected="the log of a build that measured",
            fix="build with --disk_cache= after a change of the programs",
        )
    return Cost(
        program_s=seconds[_PROGRAM] / max(1, count[_PROGRAM]),
        measure_s=sum(seconds[kind] for kind in (*_MEASURES, *_FOLLOWS)) / targets,
        size=size / targets,
        writes=writes / targets,
    )


def _executed(log: Path) -> Iterator[tuple[str, float, list[int]]]:
    """Yields kind, seconds and bytes of each output of the actions that count and were run.

    Raises:
      CodSpeedError: it is no execution log.
    """
    try:
        for spawn in spawns(log):
            kind = str(spawn.get("mnemonic"))
            if not spawn.get("cacheHit") and kind in (*_MEASURES, *_FOLLOWS, _PROGRAM):
                took = str(spawn["metrics"]["executionWallTime"])
                # Sizes are texts, as all numbers of 64 bits are in protobuf's JSON.
                files = [int(file["digest"]["sizeBytes"]) for file in spawn["actualOutputs"]]
                yield kind, float(took.rstrip("s")), files
    except (LookupError, TypeError, ValueError) as error:
        raise CodSpeedError(
            f"{log} is no execution log",
            got=f"{type(error).__name__}: {error}",
            expected="what Bazel 7 writes by --execution_log_json_file",
            fix="build again with that option",
        ) from error
