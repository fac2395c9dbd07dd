"""The queries that a benchmark sent to a database, as PostgreSQL's pg_stat_statements has them.

The driver of walltime writes them to `instruments/postgres.json`, in the form of CodSpeed's runner
(pull request 534 of CodSpeedHQ/codspeed), and to times.json; results and report show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MONGO_FILE = "instruments/mongo.json"
POSTGRES_FILE = "instruments/postgres.json"
"""What instruments leave in a raw run, and in a profile."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement.

    Attributes:
      sql: its text, with `$1` in place of a constant.
      calls: how many times it ran.
      rows: that it returned or changed, of all calls.
      shared_blks_hit: blocks of 8 KiB that it found in the server's cache.
      shared_blks_read: blocks that it had to read.
      plan: as EXPLAIN has it in JSON; None where it cannot be explained.
    """

    sql: str
    calls: int
    rows: int
    shared_blks_hit: int
    shared_blks_read: int
    plan: Any


@dataclass(frozen=True, slots=True)
class BenchmarkQueries:
    """The statements of one benchmark, those of most calls first."""

    uri: str
    queries: list[Query]


@dataclass(frozen=True, slots=True)
class PostgresDocument:
    """`POSTGRES_FILE`: all benchmarks of a run of the program, in the order of their first ends."""

    benchmarks: list[BenchmarkQueries]
