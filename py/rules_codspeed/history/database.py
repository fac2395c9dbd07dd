"""Opens the database of a history: for many writers, safe from kill -9; damage is kept aside."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.migrations import migrate

_WAIT_S = 30  # for other writers
_SIDE_FILES = ("", "-wal", "-shm")


@contextlib.contextmanager
def opened(path: Path, warn: Callable[[str], None]) -> Iterator[sqlite3.Connection]:
    """Opens the database of a history, which is made where there is none.

    A database that is damaged is moved aside and reported, and a new one begun.

    Args:
      path: the file.
      warn: called with what a person has to know.

    Raises:
      HistoryError: it cannot be opened, read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = _connected(path, warn)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        yield connection
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise _unusable(path, error) from error
        connection.close()
        aside = _put_aside(path)
        raise HistoryError(
            f"the history {path} is damaged",
            got=error,
            expected="a database",
            fix=f"none is needed: it is kept as {aside}, and the next run begins a new one",
        ) from error
    finally:
        connection.close()


def _connected(path: Path, warn: Callable[[str], None]) -> sqlite3.Connection:
    try:
        return _connection(path)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        aside = _put_aside(path)
        warn(f"The history {path} was damaged ({error}). It is kept as {aside}; a new one begins.")
        return _connection(path)


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        # Readers and one writer at once; a write that was cut off does not count.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Does all or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Returns whether it is damage, not a database that is locked, full, or may not be written."""
    # Python 3.10 gives no error codes: the texts are SQLite's for CORRUPT and NOTADB.
    return "malformed" in str(error) or "not a database" in str(error)


def _put_aside(path: Path) -> Path:
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    aside = path.with_name(f"{path.stem}.damaged-{now:%Y%m%dT%H%M%S%f}{path.suffix}")
    for suffix in _SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def _unusable(path: Path, error: Exception) -> HistoryError:
    return HistoryError(
        f"the history {path} cannot be used",
        got=error,
        expected="a file that you may read and write, on a disk with space",
        fix="see to that, or choose another place by XDG_STATE_HOME",
    )
