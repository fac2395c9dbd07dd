"""The schema of the database, and how an older one becomes it.

`PRAGMA user_version` counts the steps that were done. A step is never changed once it is released.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.transaction import transaction

STEPS: Sequence[Sequence[str]] = (
    (
        """CREATE TABLE run (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,        -- seconds since 1970, UTC
            suite TEXT NOT NULL,          -- Bazel label
            hash TEXT NOT NULL,           -- of the commit, or empty
            branch TEXT NOT NULL,
            clean INTEGER NOT NULL,       -- 1: tracked files were those of the commit
            rules_version TEXT NOT NULL,
            benchmarks INTEGER NOT NULL   -- how many
        )""",
        "CREATE INDEX run_by_commit ON run (suite, hash, clean, time)",
        """CREATE TABLE target (
            run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
            label TEXT NOT NULL,
            mode TEXT NOT NULL,
            conditions TEXT NOT NULL,     -- JSON object
            benchmarks BLOB NOT NULL,     -- zlib: JSON object from URI to metrics and rounds_ns
            PRIMARY KEY (run, label, mode)
        ) WITHOUT ROWID""",
    ),
    (
        # Digest of what was measured; empty where it is not known.
        "ALTER TABLE target ADD COLUMN inputs TEXT NOT NULL DEFAULT ''",
        # Digest of all metrics; empty for times, which never are the same twice.
        "ALTER TABLE target ADD COLUMN numbers TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX target_by_inputs ON target (inputs, label, mode, numbers) WHERE inputs != ''",
    ),
)


_MOST_STEPS = 1000
"""No version has more: a larger number is one of damaged bytes."""


def is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Returns whether a database has this version's schema; False if it has an older one, or none.

    Raises:
      HistoryError: a newer version of rules_codspeed made it.
      sqlite3.Error: the database is damaged or cannot be read.
    """
    version = _version(connection)
    if version > len(STEPS):
        raise HistoryError(
            f"the history {path} is of a newer rules_codspeed",
            got=f"schema {version}",
            expected=f"{len(STEPS)} or older",
            fix="use that version, or another XDG_STATE_HOME",
        )
    return version == len(STEPS)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings a database to this version's schema, in one transaction.

    Raises:
      HistoryError: a newer version of rules_codspeed made it.
      sqlite3.Error: the database is damaged or cannot be written.
    """
    if is_current(connection, path):
        return
    with transaction(connection):
        for step in STEPS[_version(connection) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not 0 <= version < _MOST_STEPS:
        raise sqlite3.DatabaseError(f"malformed: schema {version}")
    return int(version)
