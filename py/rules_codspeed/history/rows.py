"""What the rows of the database hold, and what is no such row."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from pydantic import Field, TypeAdapter

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import Form, parse_json
from rules_codspeed.contract.values import is_text, shown
from rules_codspeed.history.commits import Measured
from rules_codspeed.results.changes import Recorded
from rules_codspeed.results.modes.registry import is_timed
from rules_codspeed.results.schema import Number

RUN_COLUMNS = "id, time, suite, hash, branch, clean, rules_version, benchmarks"
TARGET_COLUMNS = "conditions, inputs, benchmarks"
"""Those of a target beside its run, label and mode."""

_FAST = 1  # level of zlib
_LARGEST = 1 << 28  # bytes of a row's benchmarks
_LAST_TIME = 253_402_300_799  # the last second of the year 9999


class _Benchmark(Form):
    """What a row holds of a benchmark."""

    metrics: dict[str, Number]
    rounds_ns: list[list[Number]]
    noise: dict[str, int] = Field(default_factory=dict)


_CONDITIONS = TypeAdapter(dict[str, str])
_BENCHMARKS = TypeAdapter(dict[str, _Benchmark])


@dataclass(frozen=True, slots=True)
class Run:
    """A stored run.

    Attributes:
      id: its number.
      time: when it was stored, seconds since 1970.
      suite: Bazel label.
      measured: commit, branch, and whether it was as committed.
      rules_version: version of rules_codspeed.
      benchmarks: how many it holds.
    """

    id: int
    time: int
    suite: str
    measured: Measured
    rules_version: str
    benchmarks: int


def is_time(value: object) -> TypeGuard[int]:
    """Returns whether a value is a time that a run can have: seconds since 1970."""
    return isinstance(value, int) and 0 <= value <= _LAST_TIME


def run_of(row: Sequence[object]) -> Run:
    """Returns the run of a row.

    Args:
      row: values of RUN_COLUMNS.

    Raises:
      DocumentError: it is damaged.
    """
    number, when, suite, commit, branch, clean, version, benchmarks = row
    texts = [one for one in (suite, commit, branch, version) if isinstance(one, str)]
    if len(texts) < 4 or not all(map(is_text, texts)):
        raise DocumentError("its suite, commit, branch or version is not text")
    if not is_time(when):
        raise DocumentError(f"its time is {shown(when)}")
    if not (isinstance(number, int) and isinstance(benchmarks, int) and clean in (0, 1)):
        raise DocumentError("its number of benchmarks is none, or it is neither clean nor changed")
    suite, commit, branch, version = texts
    return Run(number, when, suite, Measured(commit, branch, bool(clean)), version, benchmarks)


def packed(mode: str, benchmarks: Sequence[tuple[str, Recorded]]) -> tuple[str, str, str, bytes]:
    """Returns what a row holds of a target: conditions, inputs, digest of numbers, benchmarks.

    Conditions and inputs are the same for all benchmarks of a target.

    Args:
      mode: how it was measured.
      benchmarks: at least one; by URI.
    """
    conditions = json.dumps(dict(benchmarks[0][1].conditions), sort_keys=True)
    metrics = json.dumps({uri: dict(one.metrics) for uri, one in benchmarks}, sort_keys=True)
    numbers = "" if is_timed(mode) else hashlib.sha256(metrics.encode()).hexdigest()
    document = {
        uri: {
            "metrics": dict(one.metrics),
            "rounds_ns": [list(times) for times in one.rounds_ns],
            "noise": dict(one.noise),
        }
        for uri, one in benchmarks
    }
    content = zlib.compress(json.dumps(document).encode(), _FAST)
    return conditions, benchmarks[0][1].inputs, numbers, content


def unpacked(columns: Sequence[object]) -> dict[str, Recorded]:
    """Returns the benchmarks of a row, by URI.

    Args:
      columns: values of TARGET_COLUMNS.

    Raises:
      DocumentError: it is damaged.
    """
    conditions, inputs, content = columns
    if not (isinstance(conditions, str) and is_text(conditions)):
        raise DocumentError("its conditions are not text")
    if not (isinstance(inputs, str) and is_text(inputs)):
        raise DocumentError("its inputs are not text")
    under = parse_json(_CONDITIONS, conditions, document="conditions", show_input=True)
    text = _decompressed(content)
    benchmarks = parse_json(_BENCHMARKS, text, document="benchmarks", show_input=True)
    return {
        uri: Recorded(one.metrics, one.rounds_ns, under, inputs, one.noise)
        for uri, one in benchmarks.items()
    }


def _decompressed(content: object) -> bytes:
    if not isinstance(content, bytes):
        raise DocumentError("its benchmarks are not bytes")
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(content, _LARGEST)
    except zlib.error as error:
        raise DocumentError(f"its benchmarks cannot be decompressed: {error}") from error
    if not stream.eof:
        raise DocumentError(f"its benchmarks are cut off, or larger than {_LARGEST:,} bytes")
    return text
