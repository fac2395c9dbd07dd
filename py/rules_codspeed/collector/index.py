"""The index of runs: one SQLite table, which can be rebuilt from the files that it lists."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

from rules_codspeed.contract.errors import CodSpeedError

SCHEMA = 2

_TABLE = """
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  run_hash TEXT NOT NULL,
  provider TEXT NOT NULL,
  repository TEXT NOT NULL,
  environment TEXT NOT NULL,
  executor TEXT NOT NULL,
  commit_hash TEXT NOT NULL,
  ref TEXT NOT NULL,
  ci_run_id TEXT,
  run_part_id TEXT,
  parts INTEGER NOT NULL,
  profile_md5 TEXT NOT NULL,
  compressed INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'complete', 'superseded', 'refused')),
  created_at REAL NOT NULL,
  completed_at REAL,
  metadata_bytes INTEGER NOT NULL,
  archive_bytes INTEGER
);
CREATE UNIQUE INDEX one_archive ON runs
  (provider, repository, environment, ci_run_id, run_part_id) WHERE state = 'complete';
"""


_PROJECT_INDEX = "CREATE INDEX IF NOT EXISTS of_project ON runs (provider, repository, created_at)"
"""No part of the schema: it only makes pages fast."""


@dataclass(frozen=True, slots=True)
class Project:
    """A repository with runs.

    Attributes:
      provider: of the repository.
      repository: owner and name with a slash.
      runs: how many uploads it has.
      newest: time of the newest one, in seconds.
    """

    provider: str
    repository: str
    runs: int
    newest: float


@dataclass(frozen=True, slots=True)
class Run:
    """One upload; the fields are the columns of the table.

    Attributes:
      id: identity here, of `metadata_parser.run_id`.
      run_hash: SHA-256 of the metadata.
      provider: of the repository.
      repository: owner and name with a slash.
      environment: where the publisher ran.
      executor: what measured.
      commit_hash: 40 digits.
      ref: of the commit.
      ci_run_id: run of the CI, whose parts belong together; None where runs have no parts.
      run_part_id: part of that run.
      parts: how many parts the run has; 1 where the metadata do not say.
      profile_md5: Base64 of the archive's MD5.
      compressed: 1 if the archive is a gzip file, else 0.
      state: `complete`, its archive is that of its run part; `superseded`, its archive is there,
        and a later attempt holds the run part; `pending`, its archive is not there; `refused`,
        another job holds the run part.
      created_at: time of the metadata, in seconds.
      completed_at: time of the archive, in seconds.
      metadata_bytes: size.
      archive_bytes: size.
    """

    id: str
    run_hash: str
    provider: str
    repository: str
    environment: str
    executor: str
    commit_hash: str
    ref: str
    ci_run_id: str | None
    run_part_id: str | None
    parts: int
    profile_md5: str
    compressed: int
    state: Literal["pending", "complete", "superseded", "refused"]
    created_at: float
    completed_at: float | None
    metadata_bytes: int
    archive_bytes: int | None


_COLUMNS = ", ".join(column.name for column in fields(Run))
_PLACES = ", ".join("?" for _ in fields(Run))


class Index:
    """The open index; safe to use from many threads."""

    def __init__(self, file: Path) -> None:
        """Opens the index, and makes it where there is none.

        Raises:
          CodSpeedError: the file is damaged or of a later version.
        """
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(file, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A run that was reported as complete stays so when the machine crashes.
            self._connection.execute("PRAGMA synchronous = FULL")
            (schema,) = self._connection.execute("PRAGMA user_version").fetchone()
            if 0 < schema < SCHEMA:
                # It is filled again from the other files, like one that was removed.
                self._connection.executescript(
                    "BEGIN; DROP TABLE runs; PRAGMA user_version = 0; COMMIT;"
                )
                schema = 0
            if schema == 0:
                self._connection.executescript(
                    f"BEGIN; {_TABLE} PRAGMA user_version = {SCHEMA}; COMMIT;"
                )
            elif schema != SCHEMA:
                raise sqlite3.DatabaseError(f"schema {schema}")
            self._connection.execute(_PROJECT_INDEX)
            # Whoever looks at pages does not wait until a write is on the disk.
            self._reading = threading.Lock()
            self._reader = sqlite3.connect(file, check_same_thread=False)
        except sqlite3.DatabaseError as error:
            raise CodSpeedError(
                f"cannot open the index {file}",
                got=error,
                expected=f"an index of schema {SCHEMA}",
                fix=f"remove {file.name}*; it is rebuilt from the other files",
            ) from error

    def close(self) -> None:
        """Closes the file."""
        self._reader.close()
        self._connection.close()

    def add(self, run: Run) -> None:
        """Adds a run, unless it is there."""
        self._write(f"INSERT OR IGNORE INTO runs ({_COLUMNS}) VALUES ({_PLACES})", astuple(run))

    def announce_again(self, run_id: str, time: float) -> None:
        """Records that the metadata of a run was sent again, whose archive was superseded."""
        self._write(
            "UPDATE runs SET state = 'pending', created_at = ? "
            "WHERE id = ? AND state = 'superseded'",
            (time, run_id),
        )

    def complete(
        self, run_id: str, time: float, archive_bytes: int, before: Run | None = None
    ) -> None:
        """Records that the archive of a run is there, and that of `before` an earlier attempt."""
        with self._lock, self._connection:
            if before:
                self._connection.execute(
                    "UPDATE runs SET state = 'superseded' WHERE id = ?", (before.id,)
                )
            self._connection.execute(
                "UPDATE runs SET state = 'complete', completed_at = ?, archive_bytes = ? "
                "WHERE id = ?",
                (time, archive_bytes, run_id),
            )

    def supersede(self, run_id: str) -> None:
        """Records that the archive of a run is there, and that of a later attempt."""
        self._write("UPDATE runs SET state = 'superseded' WHERE id = ?", (run_id,))

    def refuse(self, run_id: str) -> None:
        """Records that a run whose archive is not there was refused."""
        self._write(
            "UPDATE runs SET state = 'refused' WHERE id = ? AND state = 'pending'", (run_id,)
        )

    def reopen(self, run_id: str) -> None:
        """Records that the archive of a run is not there."""
        self._write(
            "UPDATE runs SET state = 'pending', completed_at = NULL, archive_bytes = NULL "
            "WHERE id = ?",
            (run_id,),
        )

    def get(self, run_id: str) -> Run | None:
        """Returns a run by its identity."""
        return next(iter(self._read("WHERE id = ?", (run_id,))), None)

    def newest(self, count: int) -> list[Run]:
        """Returns the newest runs, the newest first."""
        return self._read("ORDER BY created_at DESC, id LIMIT ?", (count,))

    def all(self) -> list[Run]:
        """Returns all runs."""
        return self._read("", ())

    def projects(self) -> list[Project]:
        """Returns the repositories, the one with the newest run first."""
        with self._reading:
            rows = self._reader.execute(
                "SELECT provider, repository, COUNT(*), MAX(created_at) FROM runs "
                "GROUP BY provider, repository ORDER BY MAX(created_at) DESC"
            )
            return [Project(*row) for row in rows]

    def of_project(self, provider: str, repository: str, count: int) -> list[Run]:
        """Returns the newest runs of a repository, the newest first."""
        return self._read(
            "WHERE provider = ? AND repository = ? ORDER BY created_at DESC, id LIMIT ?",
            (provider, repository, count),
        )

    def before(self, run: Run, ref: str, count: int) -> list[Run]:
        """Returns the newest runs of a reference that are there and older, the newest first.

        Args:
          run: whose project and time count.
          ref: of the others.
          count: the most to return.
        """
        return self._read(
            "WHERE provider = ? AND repository = ? AND created_at < ? AND ref = ? "
            "AND state = 'complete' ORDER BY created_at DESC, id LIMIT ?",
            (run.provider, run.repository, run.created_at, ref, count),
        )

    def parts(self, run: Run) -> list[Run]:
        """Returns the parts of the run of the CI that a run belongs to."""
        if run.ci_run_id is None:
            return self._read("WHERE id = ?", (run.id,))
        return self._read(
            "WHERE provider = ? AND repository = ? AND environment = ? AND ci_run_id = ? "
            "ORDER BY run_part_id",
            (run.provider, run.repository, run.environment, run.ci_run_id),
        )

    def holder(self, run: Run) -> Run | None:
        """Returns the other run whose archive the run part of a run has."""
        found = self._read(
            "WHERE provider = ? AND repository = ? AND environment = ? AND ci_run_id = ? "
            "AND run_part_id = ? AND state = 'complete' AND id != ?",
            (
                *(run.provider, run.repository, run.environment, run.ci_run_id),
                *(run.run_part_id, run.id),
            ),
        )
        return found[0] if found else None

    def _read(self, condition: str, values: tuple[object, ...]) -> list[Run]:
        # Not what writes: it keeps others waiting until its disk has what it wrote.
        with self._reading:
            rows = self._reader.execute(f"SELECT {_COLUMNS} FROM runs {condition}", values)
            return [Run(*row) for row in rows]

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock, self._connection:
            self._connection.execute(statement, values)
