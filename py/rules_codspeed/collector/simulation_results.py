"""Results of a simulation as CodSpeed's API returns them (spec: upload-results 12).

CodSpeed does not publish how it turns counts into a time, so these times are our own:
one nanosecond per cycle that KCachegrind would estimate (an instruction is one cycle,
a miss of the first cache ten more, of the last one hundred more). They compare with
each other, not with those of CodSpeed.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_parts
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd
from rules_codspeed.results.simulation_metrics import (
    ESTIMATED_CYCLES,
    INSTRUCTIONS,
    L1_MISSES,
    LL_MISSES,
    simulation_metrics,
)

PROFILE = re.compile(r"(?:\./)?[0-9]+\.out")
"""Names of profiles in an archive."""
_SECONDS = 1e-9  # of a cycle


def read_results(archive: Path) -> list[dict[str, Any]]:
    """Returns the results of an archive, in the order of its files; see `read_metrics`."""
    return [_result(uri, metrics) for uri, metrics in read_metrics(archive)]


def read_metrics(archive: Path) -> Iterator[tuple[str, dict[str, int | float]]]:
    """Yields the URI and the metrics of each benchmark, in the order of the files.

    Raises:
      CallgrindError: a profile is damaged.
      OSError, tarfile.TarError: the archive cannot be read.
    """
    for part in _parts(archive):
        if not isinstance(part.trigger, BenchmarkEnd):
            continue
        metrics = simulation_metrics(part.events, part.totals)
        uri = part.trigger.uri
        if INSTRUCTIONS not in metrics:
            fault = "no number of instructions (Ir) among its events"
            raise CallgrindError(uri, part.line, 0, fault)
        yield uri, {**metrics}


def _parts(archive: Path) -> Iterator[Part]:
    with tarfile.open(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            if stream and entry.size and PROFILE.fullmatch(entry.name):
                yield from read_parts(cast(BinaryIO, stream), entry.name)


def _result(uri: str, metrics: Mapping[str, int | float]) -> dict[str, Any]:
    instructions = metrics[INSTRUCTIONS]
    cycles = metrics.get(ESTIMATED_CYCLES, instructions)
    return {
        "benchmark": {"name": uri, "executor": "valgrind"},
        "value": cycles * _SECONDS,
        "issues": None,
        "valgrind": {
            "timeDistribution": {
                "ir": instructions * _SECONDS,
                "l1m": metrics.get(L1_MISSES, 0) * 10 * _SECONDS,
                "llm": metrics.get(LL_MISSES, 0) * 100 * _SECONDS,
                "sys": 0.0,
            }
        },
        "walltime": None,
        "memory": None,
    }
