"""The Postgres instrument: which queries each benchmark sent, and by which plans they ran.

Statistics are set to zero before a benchmark starts and are read when it has stopped, while its
program waits for the runner: neither is timed. As in CodSpeed's runner, a fault while benchmarks
run never fails them; it leaves them without queries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from rules_codspeed.contract.instruments.queries import (
    POSTGRES_FILE,
    BenchmarkQueries,
    PostgresDocument,
    Query,
)
from rules_codspeed.measure.instruments.findings import Findings
from rules_codspeed.measure.instruments.postgres.client import Row, Session
from rules_codspeed.measure.instruments.postgres.plans import Plans
from rules_codspeed.measure.instruments.postgres.wire import WireError

# A client gives the runner a second to answer.
_BETWEEN_S = 0.7
_FIRST_S = 10.0
_MOST_QUERIES = 1000
"""Of a benchmark; the server keeps 5,000 of all by default."""
_MOST_BYTES = 32 << 20  # of texts and plans together

_RESET = "SELECT pg_stat_statements_reset()"
_STATEMENTS = (
    "SELECT s.userid, s.queryid, s.toplevel, s.query, s.calls, s.rows, s.shared_blks_hit, "
    "s.shared_blks_read FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
    "WHERE d.datname = current_database() ORDER BY s.calls DESC, s.query"
)

Identity = tuple[str | None, str | None, str | None, str]
"""User, number, whether at the top level, and text of a statement."""
Counts = tuple[int, ...]
"""Calls, rows, blocks found, blocks read."""


class PostgresInstrument:
    """Observes the benchmarks of one run; see `Observer` of the FIFO server.

    Attributes:
      variables: of the program: as they are.
    """

    def __init__(self, session: Session) -> None:
        """Prepares the server.

        Raises:
          WireError: it refuses, or has no pg_stat_statements.
          OSError: it cannot be reached any more.
        """
        self.variables: Mapping[str, str] = {}
        self._fault = ""
        self._session = session
        self._since_name: dict[Identity, Counts] = {}
        self._benchmarks: dict[str, dict[Identity, Counts]] = {}
        session.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", _FIRST_S)
        # From here on nothing writes, whatever a statement says that it explains.
        session.query("SET default_transaction_read_only = on", _FIRST_S)
        session.query(_RESET, _FIRST_S)
        session.query(_STATEMENTS, _FIRST_S)
        self._plans = Plans(session, _version(session))

    def around(self, command: Sequence[str]) -> list[str]:
        """Returns the command as it is."""
        return list(command)

    def opened(self) -> None:
        """Sets statistics to zero: a benchmark starts."""
        self._unless_faulty(lambda: self._session.query(_RESET, _BETWEEN_S))

    def closed(self) -> None:
        """Reads statistics: a benchmark has stopped."""
        self._unless_faulty(self._read)

    def named(self, uri: str) -> None:
        """Books what was read since the last name on a benchmark, which may have some already."""
        booked = self._benchmarks.setdefault(uri, {})
        for identity, counts in self._since_name.items():
            _add(booked, identity, counts)
        self._since_name = {}

    def check(self) -> None:
        """Does nothing: a fault leaves benchmarks without queries."""

    def finish(self, renamed: Callable[[str], str]) -> Findings:
        """Returns the queries by benchmark, or why there are none.

        Args:
          renamed: drops the paths of the stage from a URI.
        """
        remarks: list[str] = []
        benchmarks: list[BenchmarkQueries] = []

        def explain() -> None:
            room = _MOST_BYTES
            for uri, statements in self._benchmarks.items():
                queries, room = self._queries(statements, room)
                benchmarks.append(BenchmarkQueries(renamed(uri), queries))
                if left := len(statements) - len(queries):
                    remarks.append(f"{left} queries of {renamed(uri)} are left out: too many")

        self._unless_faulty(explain)
        if self._fault:
            return Findings({}, [f"no queries of PostgreSQL: {self._fault}"])
        return Findings({POSTGRES_FILE: PostgresDocument(benchmarks)}, remarks)

    def close(self) -> None:
        """Ends the session."""
        self._session.close()

    def _read(self) -> None:
        for row in self._session.query(_STATEMENTS, _BETWEEN_S):
            identity, counts = _statement(row)
            if not _is_own(identity[-1]):
                _add(self._since_name, identity, counts)

    def _queries(self, statements: dict[Identity, Counts], room: int) -> tuple[list[Query], int]:
        """Returns the queries that fit, and the bytes that are left for others."""
        queries: list[Query] = []
        # Several windows were added up.
        ordered = sorted(statements.items(), key=lambda one: (-one[1][0], one[0][-1]))
        for (_, _, _, sql), (calls, rows, hit, read) in ordered:
            plan = self._plans.of(sql)
            size = len(sql) + (len(json.dumps(plan)) if plan is not None else 0)
            if size > room or len(queries) == _MOST_QUERIES:
                break
            room -= size
            queries.append(Query(sql, calls, rows, hit, read, plan))
        return queries, room

    def _unless_faulty(self, work: Callable[[], object]) -> None:
        """Asks the server; a fault ends all that follows."""
        if self._fault:
            return
        try:
            work()
        except (WireError, OSError) as error:
            self._fault = str(error) or type(error).__name__


def _version(session: Session) -> int:
    """Returns the version of the server, such as 160002."""
    rows = session.query("SHOW server_version_num", _FIRST_S)
    try:
        ((version,),) = rows
        return int(version or "")
    except ValueError as error:
        raise WireError("a server_version_num that is no number") from error


def _add(to: dict[Identity, Counts], identity: Identity, counts: Counts) -> None:
    before = to.get(identity, (0,) * len(counts))
    to[identity] = tuple(map(sum, zip(before, counts, strict=True)))


def _statement(row: Row) -> tuple[Identity, Counts]:
    """Returns a row of `_STATEMENTS`."""
    try:
        user, query, top, sql, *numbers = row
        calls, rows, hit, read = (int(one or 0) for one in numbers)
    except ValueError as error:
        raise WireError("rows of pg_stat_statements that are not as was asked") from error
    return (user, query, top, sql or ""), (calls, rows, hit, read)


def _is_own(sql: str) -> bool:
    """Whether this instrument sent it."""
    return sql.lstrip().startswith("EXPLAIN") or "pg_stat_statements" in sql
