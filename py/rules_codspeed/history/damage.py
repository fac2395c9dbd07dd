"""What is damage of a database, and where a damaged one is kept."""

from __future__ import annotations

import contextlib
import datetime
import re
import sqlite3
from pathlib import Path

from rules_codspeed.contract.output.atomic import sync_folder
from rules_codspeed.history.rows import RUN_COLUMNS, TARGET_COLUMNS

_SIDE_FILES = ("", "-wal", "-shm", "-journal")
# SQLite's texts for CORRUPT and NOTADB, and for tables that are not as their version states:
# Python 3.10 gives no error codes.
_DAMAGE = (
    *("malformed", "not a database"),
    *("no such table", "no such column", "already exists", "duplicate column name"),
)
# A value of a row, which costs that row only.
_OF_A_ROW = re.compile(r"(NULL|TEXT|NUMERIC|non-\w+) value in ")
_SCHEMA = (
    f"SELECT {RUN_COLUMNS} FROM run LIMIT 0",
    f"SELECT run, label, mode, numbers, {TARGET_COLUMNS} FROM target LIMIT 0",
)


def is_damage(error: Exception) -> bool:
    """Returns whether it is damage, not a database that is locked, full, or may not be written.

    Args:
      error: of the module `sqlite3`, or that of Python on the text of one which quotes bytes of a
        damaged file.
    """
    return isinstance(error, UnicodeDecodeError) or any(text in str(error) for text in _DAMAGE)


def check(connection: sqlite3.Connection) -> None:
    """Checks the structure of a database and its tables; not the values in its rows.

    Raises:
      sqlite3.Error: it is damaged, or cannot be read.
    """
    for (fault,) in connection.execute("PRAGMA quick_check"):
        if fault != "ok" and not _OF_A_ROW.match(fault):
            raise sqlite3.DatabaseError(f"malformed: {' '.join(fault.split())}")
    for query in _SCHEMA:
        connection.execute(query)


def aside_of(path: Path) -> Path:
    """Returns a new name for a damaged database."""
    now = datetime.datetime.now(tz=datetime.timezone.utc)
    return path.with_name(f"{path.stem}.damaged-{now:%Y%m%dT%H%M%S%f}{path.suffix}")


def put_aside(path: Path, aside: Path) -> Path:
    """Moves a database, and what belongs to it, to another name for good; returns that name.

    Raises:
      OSError: it cannot be moved.
    """
    # The database first: what a kill leaves behind then is moved when the next one is made.
    for suffix in _SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    sync_folder(path.parent)
    return aside
