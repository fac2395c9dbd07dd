"""Results of walltime as CodSpeed's API returns them (spec: upload-results 12).

CodSpeed does not publish which statistic its value is. Here it is the shortest time, as its runner
shows it as the best one (spec: walltime 11).
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.results.readers.walltime_document import Timing, parse_timings
from rules_codspeed.results.walltime_metrics import ITERATIONS, MIN, ROUNDS, STDEV, TOTAL

_DOCUMENT = re.compile(r"(?:\./)?results/[^/]+\.json")
_SECONDS = 1e-9  # in a nanosecond


def read_results(archive: Path) -> list[dict[str, Any]]:
    """Returns the results of an archive, in the order of its files; see `read_metrics`."""
    return [_result(uri, metrics) for uri, metrics in read_metrics(archive)]


def read_metrics(archive: Path) -> Iterator[tuple[str, dict[str, int | float]]]:
    """Yields the URI and the metrics of each benchmark, in the order of the files.

    Raises:
      DocumentError: a document is damaged.
      OSError, tarfile.TarError: the archive cannot be read.
    """
    with tarfile.open(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            if stream and _DOCUMENT.fullmatch(entry.name):
                if entry.size > DOCUMENT.size:
                    raise DocumentError(f"{entry.name} has {entry.size} bytes")
                for one in _timings(stream.read(), entry.name):
                    yield one.uri, one.metrics


def _timings(content: bytes, name: str) -> list[Timing]:
    return parse_timings(load_json(content, document=name), name)


def _result(uri: str, metrics: Mapping[str, int | float]) -> dict[str, Any]:
    return {
        "benchmark": {"name": uri, "executor": "walltime"},
        "value": metrics[MIN] * _SECONDS,
        "issues": None,
        "valgrind": None,
        "walltime": {
            "iterations": metrics[ROUNDS] * metrics[ITERATIONS],
            "stdev": metrics[STDEV] * _SECONDS,
            "totalTime": metrics[TOTAL] * _SECONDS,
        },
        "memory": None,
    }
