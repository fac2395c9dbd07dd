"""Runs in the database: written whole, found by commit. A damaged row costs that row."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.values import is_text
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import History
from rules_codspeed.history.rows import RUN_COLUMNS, TARGET_COLUMNS, Run, packed, run_of, unpacked
from rules_codspeed.history.transaction import transaction
from rules_codspeed.results.changes import Key, Recorded

_HASH = re.compile("[0-9A-Fa-f]{7,64}")  # as much of it as git shows


def add_run(
    connection: History,
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
        (label, mode, *packed(mode, [(key[2], benchmarks[key]) for key in keys]))
        for (label, mode), keys in groupby(sorted(benchmarks), key=lambda key: key[:2])
    ]
    row = (
        int(time.time() if now is None else now),
        suite,
        measured.commit,
        measured.branch,
        measured.clean,
        rules_version,
        len(benchmarks),
    )
    try:
        return _inserted(connection, row, targets)
    except sqlite3.OperationalError as error:
        if not _is_full(error):
            raise
        size = sum(len(part) for target in targets for part in target)
        raise sqlite3.OperationalError(f"{error}: the run needs about {size:,} bytes") from error


def _inserted(
    connection: History, row: tuple[object, ...], targets: Sequence[tuple[str | bytes, ...]]
) -> int:
    with transaction(connection):
        cursor = connection.execute(
            "INSERT INTO run (time, suite, hash, branch, clean, rules_version, benchmarks) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        run = int(cursor.lastrowid or 0)
        connection.executemany(
            "INSERT INTO target (run, label, mode, conditions, inputs, numbers, benchmarks) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(run, *target) for target in targets],
        )
    return run


def _is_full(error: sqlite3.Error) -> bool:
    return "disk is full" in str(error)


def _of_platforms(platforms: Collection[str]) -> tuple[str, list[str]]:
    """Returns the condition of SQL that a run measured on one of some platforms, and its values."""
    if not platforms:
        return "", []
    # As rows.py writes the conditions of a target. Not all builds of SQLite read JSON.
    texts = [f'"platform": {json.dumps(platform)}' for platform in platforms]
    one_of = " OR ".join(["instr(conditions, ?)"] * len(texts))
    return f" AND EXISTS (SELECT 1 FROM target WHERE run = run.id AND ({one_of}))", texts


def newest_of(
    connection: History, suite: str, commits: Sequence[str], platforms: Collection[str] = ()
) -> Run | None:
    """Returns the newest clean run of the first commit that has one.

    Args:
      connection: of `database.opened`.
      suite: Bazel label.
      commits: hashes, the best first.
      platforms: only runs that measured on one of these count; all do if it is empty.
    """
    where, values = _of_platforms(platforms)
    for commit in commits:
        rows = connection.execute(
            f"SELECT {RUN_COLUMNS} FROM run WHERE suite = ? AND hash = ? AND clean = 1{where} "
            "ORDER BY id DESC",
            (suite, commit, *values),
        ).fetchall()
        for run in _runs(connection, rows):
            return run
    return None


def stored_commits(connection: History, suite: str, start: str) -> list[str]:
    """Returns the hashes of clean runs that begin with what a person typed; none if it is short."""
    if not _HASH.fullmatch(start):
        return []
    rows = connection.execute(
        "SELECT DISTINCT hash FROM run WHERE suite = ? AND clean = 1 AND hash GLOB ?",
        (suite, f"{start.lower()}*"),
    )
    return [commit for (commit,) in rows]


def has_clean_runs(connection: History, suite: str, besides: str) -> bool:
    """Returns whether commits of a suite were measured, besides one."""
    query = "SELECT 1 FROM run WHERE suite = ? AND clean = 1 AND hash NOT IN ('', ?) LIMIT 1"
    return connection.execute(query, (suite, besides)).fetchone() is not None


def runs(
    connection: History,
    suite: str | None = None,
    most: int = -1,
    platforms: Collection[str] = (),
) -> list[Run]:
    """Returns runs, the newest first; all suites', or one's; at most so many (-1: all).

    Args:
      connection: of `database.opened`.
      suite: Bazel label, or None.
      most: how many.
      platforms: only runs that measured on one of these; all if it is empty.
    """
    chosen, values = (" AND suite = ?", [suite]) if suite else ("", [])
    where, texts = _of_platforms(platforms)
    rows = connection.execute(
        f"SELECT {RUN_COLUMNS} FROM run WHERE 1{chosen}{where} ORDER BY id DESC LIMIT ?",
        [*values, *texts, most],
    )
    return list(_runs(connection, rows))


def read_run(connection: History, run: int) -> dict[Key, Recorded]:
    """Returns what a run measured."""
    rows = connection.execute(
        f"SELECT label, mode, {TARGET_COLUMNS} FROM target WHERE run = ?", (run,)
    )
    found: dict[Key, Recorded] = {}
    for label, mode, *columns in rows:
        found |= _target(connection, run, label, mode, columns)
    return found


def read_target(connection: History, run: int, label: str, mode: str) -> dict[Key, Recorded]:
    """Returns what a run measured of one target; nothing if it did not measure it."""
    rows = connection.execute(
        f"SELECT {TARGET_COLUMNS} FROM target WHERE run = ? AND label = ? AND mode = ?",
        (run, label, mode),
    )
    found: dict[Key, Recorded] = {}
    for columns in rows:
        found |= _target(connection, run, label, mode, columns)
    return found


def prune(connection: History, run_ids: Sequence[int]) -> None:
    """Removes runs and gives their space back, where there is room for a copy of the others."""
    with transaction(connection):
        connection.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in run_ids])
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if not _is_full(error):
            raise
        connection.warn_once(
            f"The history stays as large as it was ({error}): giving back the space of what was "
            f"removed needs about {_size(connection):,} bytes. Runs that are stored later use it."
        )


def _size(connection: History) -> int:
    """Returns how many bytes the rows of a database take."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int((pages - unused) * size)


def _target(
    connection: History, run: int, label: object, mode: object, columns: Sequence[object]
) -> dict[Key, Recorded]:
    """Returns what a row of a target holds; nothing, with a warning, if it is damaged."""
    try:
        if not (isinstance(label, str) and isinstance(mode, str) and is_text(label + mode)):
            raise DocumentError("its label or its mode is not text")
        return {(label, mode, uri): one for uri, one in unpacked(columns).items()}
    except DocumentError as error:
        _leave_out(connection, f"{run} of {label} ({mode})", error)
        return {}


def _runs(connection: History, rows: Iterable[Sequence[object]]) -> Iterator[Run]:
    """Yields the runs of rows; one that is damaged is left out, with a warning."""
    for row in rows:
        try:
            run = run_of(row)
        except DocumentError as error:
            _leave_out(connection, str(row[0]), error)
        else:
            yield run


def _leave_out(connection: History, what: str, error: DocumentError) -> None:
    fault = str(error).splitlines()[0]
    connection.warn_once(f"Run {printable(what)} in the history is damaged and left out: {fault}.")
