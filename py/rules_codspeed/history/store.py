"""Runs in the database: written whole, found by commit."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import Field, TypeAdapter, ValidationError

from rules_codspeed.contract.validation import Form, validation_faults
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import transaction
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.modes.registry import is_timed
from rules_codspeed.results.schema import Number

_FAST = 1  # level of zlib
_COLUMNS = "id, time, suite, hash, branch, clean, rules_version, benchmarks"


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


def add_run(
    connection: sqlite3.Connection,
    suite: str,
    measured: Measured,
    rules_version: str,
    benchmarks: Mapping[Key, Recorded],
    now: float | None = None,
) -> int:
    """Stores a run, whole or not at all; returns its number.

    Args:
      connection: of `database.opened`.
      suite: Bazel label.
      measured: what was checked out.
      rules_version: version of rules_codspeed.
      benchmarks: what was measured.
      now: seconds since 1970; None for the clock's.

    Raises:
      sqlite3.Error: it cannot be written.
    """
    targets = [
        (label, mode, *_packed(mode, [(key[2], benchmarks[key]) for key in keys]))
        for (label, mode), keys in groupby(sorted(benchmarks), key=lambda key: key[:2])
    ]
    with transaction(connection):
        cursor = connection.execute(
            "INSERT INTO run (time, suite, hash, branch, clean, rules_version, benchmarks) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                int(time.time() if now is None else now),
                suite,
                measured.commit,
                measured.branch,
                measured.clean,
                rules_version,
                len(benchmarks),
            ),
        )
        run = int(cursor.lastrowid or 0)
        connection.executemany(
            "INSERT INTO target (run, label, mode, conditions, inputs, numbers, benchmarks) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(run, *target) for target in targets],
        )
    return run


def newest_of(connection: sqlite3.Connection, suite: str, commits: Sequence[str]) -> Run | None:
    """Returns the newest clean run of the first commit that has one.

    Args:
      connection: of `database.opened`.
      suite: Bazel label.
      commits: hashes, the best first.
    """
    for commit in commits:
        row = connection.execute(
            f"SELECT {_COLUMNS} FROM run WHERE suite = ? AND hash = ? AND clean = 1 "
            "ORDER BY id DESC LIMIT 1",
            (suite, commit),
        ).fetchone()
        if row:
            return _run(row)
    return None


def runs(connection: sqlite3.Connection, suite: str | None = None, most: int = -1) -> list[Run]:
    """Returns runs, the newest first; all suites', or one's; at most so many (-1: all)."""
    chosen, values = (" WHERE suite = ?", [suite]) if suite else ("", [])
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM run{chosen} ORDER BY id DESC LIMIT ?", [*values, most]
    )
    return [_run(row) for row in rows]


def read_run(connection: sqlite3.Connection, run: int) -> dict[Key, Recorded]:
    """Returns what a run measured."""
    rows = connection.execute(
        "SELECT label, mode, conditions, inputs, benchmarks FROM target WHERE run = ?", (run,)
    )
    return {
        (label, mode, uri): one
        for label, mode, conditions, inputs, packed in rows
        for uri, one in _unpacked(conditions, inputs, packed)
    }


def read_target(
    connection: sqlite3.Connection, run: int, label: str, mode: str
) -> dict[Key, Recorded]:
    """Returns what a run measured of one target; nothing if it did not measure it."""
    rows = connection.execute(
        "SELECT conditions, inputs, benchmarks FROM target "
        "WHERE run = ? AND label = ? AND mode = ?",
        (run, label, mode),
    )
    return {(label, mode, uri): one for row in rows for uri, one in _unpacked(*row)}


def prune(connection: sqlite3.Connection, run_ids: Sequence[int]) -> None:
    """Removes runs and gives their space back."""
    with transaction(connection):
        connection.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in run_ids])
    connection.execute("VACUUM")


def _packed(mode: str, benchmarks: Sequence[tuple[str, Recorded]]) -> tuple[str, str, str, bytes]:
    """Returns what a row holds of a target: conditions, inputs, digest of numbers, benchmarks.

    Conditions and inputs are the same for all benchmarks of a target.
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
    packed = zlib.compress(json.dumps(document).encode(), _FAST)
    return conditions, benchmarks[0][1].inputs, numbers, packed


def _unpacked(conditions: str, inputs: str, packed: bytes) -> Iterator[tuple[str, Recorded]]:
    try:
        under = _CONDITIONS.validate_json(conditions, strict=True)
        benchmarks = _BENCHMARKS.validate_json(zlib.decompress(packed), strict=True)
    except (TypeError, zlib.error) as error:
        raise sqlite3.DatabaseError(f"a run is malformed: {error}") from error
    except ValidationError as error:
        fault = validation_faults(error, show_input=True)[0]
        raise sqlite3.DatabaseError(f"a run is malformed: {fault}") from error
    for uri, one in benchmarks.items():
        yield uri, Recorded(one.metrics, one.rounds_ns, under, inputs, one.noise)


def _run(row: tuple[int, int, str, str, str, int, str, int]) -> Run:
    run, when, suite, commit, branch, clean, version, benchmarks = row
    return Run(run, when, suite, Measured(commit, branch, bool(clean)), version, benchmarks)
