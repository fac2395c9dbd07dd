"""times.json: what the integrations wrote in each run of a program that was timed.

The driver of walltime writes it, and `results/readers/walltime_document.py` reads it.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from rules_codspeed.contract.instruments.queries import Query


class TimedProcess(NamedTuple):
    """One run of the program.

    Attributes:
      results: whole documents (spec: walltime 6.2), one of each process that wrote one.
      rounds_ns: time of each round by iteration in nanoseconds, by URI, where it is known.
      queries: to the database that was observed, by URI; None without one.
    """

    results: list[dict[str, Any]]
    rounds_ns: dict[str, list[float]]
    queries: dict[str, list[Query]] | None = None


class Times(NamedTuple):
    """All runs of the program.

    Attributes:
      processes: the runs, at least one.
      chosen: index of the one that is shown.
    """

    schema: Literal[1]
    processes: list[TimedProcess]
    chosen: int
