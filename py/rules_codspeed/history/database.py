"""Opens the database of a history: for many writers, safe from kill -9; damage is kept aside."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.printing import print_message
from rules_codspeed.history.damage import aside_of, check, is_damage, put_aside
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.lock import HistoryLock
from rules_codspeed.history.migrations import is_current, migrate

_WAIT_S = 30  # for other writers


class History(sqlite3.Connection):
    """A connection to a history.

    Attributes:
      warn: called with what a person has to know; it prints to standard error unless it is set.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Opens a database as `sqlite3.connect` does."""
        super().__init__(*arguments, **options)
        self.warn: Callable[[str], None] = print_message
        # Bytes that are no UTF-8 are a fault of their row only.
        self.text_factory = _text
        self._warned: set[str] = set()

    def warn_once(self, text: str) -> None:
        """Warns, unless it did so before with the same text."""
        if text not in self._warned:
            self._warned.add(text)
            self.warn(text)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def opened(path: Path, warn: Callable[[str], None]) -> Iterator[History]:
    """Opens the database of a history, which is made where there is none.

    A database that is damaged is moved aside and reported, and a new one begun, once, however
    many processes find it.

    Args:
      path: the file.
      warn: called with what a person has to know.

    Raises:
      HistoryError: it cannot be opened, read or written.
    """
    with contextlib.ExitStack() as stack:
        with _explained(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = stack.enter_context(HistoryLock(path))
            connection = stack.enter_context(contextlib.closing(_ready(path, lock, warn)))
            used = path.stat()
        try:
            yield connection
        except sqlite3.Error as error:
            if not is_damage(error):
                raise _unusable(path, error) from error
            connection.close()
            with _explained(path):
                fix = _repaired(path, lock, used)
            raise HistoryError(
                f"the history {path} is damaged", got=error, expected="a database", fix=fix
            ) from error


def _ready(path: Path, lock: HistoryLock, warn: Callable[[str], None]) -> History:
    """Returns a connection to a complete database of this version; the lock is shared then."""
    lock.share()
    connection = _connected(path) if path.exists() else None
    if connection is None:
        lock.own()
        _prepare(path, warn)
        lock.share()
        connection = _connected(path)
    if connection is None:
        raise sqlite3.DatabaseError("it was damaged again while it was repaired")
    connection.warn = warn
    return connection


def _connected(path: Path) -> History | None:
    """Returns a connection to a database; None if it is damaged, or not of this version."""
    with contextlib.ExitStack() as stack:
        try:
            connection = _connection(path)
            stack.callback(connection.close)
            if not is_current(connection, path) or _journal(connection) != "wal":
                return None
            check(connection)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            return None
        stack.pop_all()
        return connection


def _connection(path: Path) -> History:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, factory=History)
    try:
        # A run that was stored survives a failure of power, too.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _journal(connection: sqlite3.Connection, change: str = "") -> str:
    """Returns the journal mode, after a change if there is one."""
    (mode,) = connection.execute(f"PRAGMA journal_mode{change}").fetchone()
    return str(mode)


def _prepare(path: Path, warn: Callable[[str], None]) -> None:
    """Makes, migrates or repairs a database, whatever is needed; the lock is owned.

    What another process has done meanwhile is not done again.
    """
    if not path.exists():
        if path.is_symlink():  # to a disk that is not there today, say
            raise _unusable(path, f"a link to {path.readlink()}, where no file can be opened")
        put_aside(path, aside_of(path))  # the journal of a database that is not there any more
    try:
        _complete(path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if not is_damage(error):
            raise
        aside = aside_of(path)
        # First: nobody would know about it if the process were killed in between.
        fault = printable(str(error))
        warn(f"The history {path} was damaged ({fault}). It is kept as {aside}; a new one begins.")
        put_aside(path, aside)
        _complete(path)


def _complete(path: Path) -> None:
    """Brings a database to this version, or makes it."""
    with contextlib.closing(_connection(path)) as connection:
        if is_current(connection, path):
            check(connection)  # before anything is changed
        # Readers and one writer at once; a write that was cut off does not count.
        if (mode := _journal(connection, " = WAL")) != "wal":
            raise sqlite3.OperationalError(f"its file system allows the journal {mode} only")
        migrate(connection, path)
        check(connection)


def _repaired(path: Path, lock: HistoryLock, used: os.stat_result) -> str:
    """Moves a database aside that turned out to be damaged; returns the next step."""
    lock.own()
    if path.exists() and os.path.samestat(path.stat(), used):
        aside = put_aside(path, aside_of(path))
        return f"none is needed: it is kept as {aside}, and the next run begins a new one"
    return "none is needed: another process has repaired it, and the next run uses the new one"


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: object) -> HistoryError:
    return HistoryError(
        f"the history {path} cannot be used",
        got=error,
        expected="a file that you may read and write, on a disk with space",
        fix="see to that, or choose another place by XDG_STATE_HOME",
    )
