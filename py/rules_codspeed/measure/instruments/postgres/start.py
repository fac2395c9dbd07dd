"""Connects the Postgres instrument; every error is one that a person can act on."""

from __future__ import annotations

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.instruments.postgres.client import Session
from rules_codspeed.measure.instruments.postgres.dsn import DsnError, Server, parse_dsn
from rules_codspeed.measure.instruments.postgres.instrument import PostgresInstrument
from rules_codspeed.measure.instruments.postgres.wire import WireError

_FIXES = {
    "pg_stat_statements must be loaded": "start the server with "
    "shared_preload_libraries = 'pg_stat_statements'",
    'extension "pg_stat_statements" is not available': "install PostgreSQL's contrib modules",
    "permission denied": "connect as a superuser",
    "must be superuser": "connect as a superuser",
    "password authentication failed": "correct user and password",
}
"""The next step, by what a server says."""


def start_postgres(variable: str, value: str, label: str) -> PostgresInstrument:
    """Connects to the server that a variable names.

    Args:
      variable: its name, which errors have.
      value: a connection string, which no error has.
      label: of the target.

    Raises:
      CodSpeedError: it cannot be used.
    """
    what = f"the Postgres instrument of {label} cannot start"
    try:
        server = parse_dsn(value)
    except DsnError as error:
        raise CodSpeedError(
            what,
            got=f"a value of {variable} that cannot be used: {error}",
            expected="such as postgresql://postgres:…@127.0.0.1:5432/shop",
            fix=f"correct {variable}",
        ) from error
    try:
        session = Session(server)
        try:
            return PostgresInstrument(session)
        except BaseException:
            session.close()
            raise
    except (WireError, OSError) as error:
        raise CodSpeedError(
            what,
            got=_without(server, str(error) or type(error).__name__),
            expected="a PostgreSQL server with pg_stat_statements, and a superuser",
            fix=_fix(str(error)) or f"start the server that {variable} names, or correct it",
        ) from error


def _fix(said: str) -> str:
    return next((fix for part, fix in _FIXES.items() if part in said), "")


def _without(server: Server, text: str) -> str:
    """Returns a text without the password."""
    return text.replace(server.password, "…") if server.password else text
