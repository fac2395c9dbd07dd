"""Results of memory mode as CodSpeed's API returns them (spec: memory 8; upload-results 12)."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.timestamps import FILE as TIMESTAMPS
from rules_codspeed.results.memory_metrics import CALLS, PEAK, TOTAL
from rules_codspeed.results.memtrack.artifact import read_events
from rules_codspeed.results.memtrack.fold import fold_benchmarks
from rules_codspeed.results.message_pack import read_values

_ARTIFACT = re.compile(r"(?:\./)?results/[0-9]+\.MemtrackArtifact\.msgpack")
_MOST_EVENTS = 1_000_000  # of an archive; some hundred bytes each while they are sorted
_LARGEST = 64 << 20  # bytes of the time stamps; a benchmark has some hundred
_TIMES = re.compile(rf"(?:\./)?results/{re.escape(TIMESTAMPS)}")


def read_results(archive: Path) -> list[dict[str, Any]]:
    """Returns the results of an archive, in the order of its names; see `read_metrics`."""
    return [_result(uri, metrics) for uri, metrics in read_metrics(archive)]


def read_metrics(archive: Path) -> Iterator[tuple[str, dict[str, int | float]]]:
    """Yields the URI and the metrics of each benchmark, in the order of their names.

    Raises:
      DocumentError: an artifact is damaged.
      OSError, tarfile.TarError: the archive cannot be read.
    """
    events: list[dict[str, Any]] = []
    times: dict[str, Any] = {}
    with tarfile.open(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            if stream and _ARTIFACT.fullmatch(entry.name):
                room = _MOST_EVENTS - len(events)
                events += islice(_events(cast(BinaryIO, stream), entry.name), room + 1)
                if len(events) > _MOST_EVENTS:
                    raise DocumentError(f"{entry.name} has more events than are added up here")
            elif stream and _TIMES.fullmatch(entry.name):
                times = _times(cast(BinaryIO, stream), entry.name)
    try:
        named = [(int(at), str(uri)) for at, uri in times.get("uri_by_ts", [])]
        marked = [(kind, at) for marker in times.get("markers", []) for kind, at in marker.items()]
        folded = fold_benchmarks(events, named, marked)
    except (ValueError, TypeError, AttributeError) as error:
        raise DocumentError(f"the artifact is damaged: {error}") from error
    for uri, memory in folded.items():
        yield uri, {PEAK: memory.peak, TOTAL: memory.total, CALLS: memory.calls}


def _events(stream: BinaryIO, name: str) -> Iterator[dict[str, Any]]:
    try:
        yield from read_events(stream)
    except ValueError as error:
        raise DocumentError(f"{name} is damaged: {error}") from error


def _times(stream: BinaryIO, name: str) -> dict[str, Any]:
    try:
        found = list(read_values([stream.read(_LARGEST)]))
    except ValueError as error:
        raise DocumentError(f"{name} is damaged: {error}") from error
    if len(found) != 1 or not isinstance(found[0], dict):
        raise DocumentError(f"{name} is not one map")
    return found[0]


def _result(uri: str, metrics: Mapping[str, int | float]) -> dict[str, Any]:
    return {
        "benchmark": {"name": uri, "executor": "memory"},
        "value": metrics[PEAK],
        "issues": None,
        "valgrind": None,
        "walltime": None,
        "memory": {
            # Of 64 bits, which JSON's numbers need not have.
            "peakMemory": str(metrics[PEAK]),
            "totalAllocated": str(metrics[TOTAL]),
            "allocCalls": str(metrics[CALLS]),
        },
    }
