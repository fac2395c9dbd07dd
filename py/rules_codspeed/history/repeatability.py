"""Which targets gave other numbers for the same inputs, and since when."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.values import is_text
from rules_codspeed.history.database import History
from rules_codspeed.history.rows import is_time
from rules_codspeed.history.store import read_target
from rules_codspeed.results.changes import Key

Spread = tuple[int | float, int | float]

_MOST_RUNS = 100  # that a spread is taken from


@dataclass(frozen=True, slots=True)
class Unrepeatable:
    """Inputs of a target that gave other numbers than in their first run.

    Attributes:
      label: Bazel label of the target.
      mode: how it was measured.
      earlier: runs of these inputs that agree, by their numbers.
      runs: those from the first one with other numbers on.
      time: when that one was stored, seconds since 1970.
    """

    label: str
    mode: str
    earlier: tuple[int, ...]
    runs: tuple[int, ...]
    time: int

    @property
    def since(self) -> str:
        """Since when, for people."""
        when = datetime.datetime.fromtimestamp(self.time, tz=datetime.timezone.utc)
        return f"since run {self.runs[0]} of {when:%Y-%m-%d}"

    def __str__(self) -> str:
        """Returns a sentence for people, without its period."""
        target = f"{printable(self.label)} ({printable(self.mode)})"
        return f"{target} is not repeatable: the same inputs give other numbers {self.since}"


def unrepeatable(connection: History, run: int | None = None) -> list[Unrepeatable]:
    """Returns the targets whose numbers do not repeat, by label, mode and first run.

    Only measurements under the same conditions are held against each other, and no times: these
    never repeat.

    Args:
      connection: of `database.opened`.
      run: only those with other numbers in this run; None for all.
    """
    of_run = "AND inputs IN (SELECT inputs FROM target WHERE run = ?)" if run else ""
    groups = connection.execute(
        "SELECT label, mode, inputs FROM target "
        f"WHERE inputs != '' AND numbers != '' {of_run} "
        "GROUP BY inputs, label, mode HAVING count(DISTINCT numbers) > 1",
        [run] if run else [],
    ).fetchall()
    found = [
        one
        for group in groups
        if all(map(is_text, group))
        for one in _of_inputs(connection, *group)
    ]
    kept = [one for one in found if run is None or run in one.runs]
    return sorted(kept, key=lambda one: (one.label, one.mode, one.runs))


def _of_inputs(connection: History, label: str, mode: str, inputs: str) -> Iterator[Unrepeatable]:
    rows = connection.execute(
        "SELECT conditions, target.run, run.time, numbers FROM target JOIN run ON run.id = "
        "target.run WHERE inputs = ? AND label = ? AND mode = ? ORDER BY conditions, target.run",
        (inputs, label, mode),
    )
    # A run whose row is damaged has no date, and is left out of all lists.
    whole = (row for row in rows if is_time(row[2]))
    for _, group in groupby(whole, key=lambda row: row[0]):
        members = list(group)
        first = members[0][3]
        at = next((at for at, row in enumerate(members) if row[3] != first), None)
        if at is not None:
            runs = tuple(row[1] for row in members)
            yield Unrepeatable(label, mode, runs[:at], runs[at:], members[at][2])


def spreads(connection: History, one: Unrepeatable) -> dict[Key, dict[str, Spread]]:
    """Returns the smallest and the largest number that the same inputs gave, by metric."""
    found: dict[Key, dict[str, Spread]] = {}
    for run in (*one.earlier, *one.runs)[-_MOST_RUNS:]:
        for key, benchmark in read_target(connection, run, one.label, one.mode).items():
            of_benchmark = found.setdefault(key, {})
            for metric, value in benchmark.metrics.items():
                low, high = of_benchmark.get(metric, (value, value))
                of_benchmark[metric] = (min(low, value), max(high, value))
    return found
