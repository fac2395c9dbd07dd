"""Runs of the history: the last two of a target, or those that a person names."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from rules_codspeed.contract.escaping import printable
from rules_codspeed.history.commits import short
from rules_codspeed.history.database import History
from rules_codspeed.history.repeatability import unrepeatable
from rules_codspeed.history.rows import Run
from rules_codspeed.history.store import read_run, read_target, runs
from rules_codspeed.why.side import Side, SideOf

_MOST_RUNS = 200  # that are searched for the last change


@dataclass(frozen=True, slots=True)
class Stored:
    """The runs of a history.

    Attributes:
      connection: of `database.opened`.
      branch: that is checked out, or empty.
    """

    connection: History
    branch: str

    def numbered(self, number: int) -> SideOf | None:
        """Returns what a run measured; None if there is no such run."""
        run = next((one for one in runs(self.connection) if one.id == number), None)
        return partial(self._side, run) if run else None

    def of_commit(self, commit: str) -> SideOf:
        """Returns what a commit measured: in its newest run that has the target."""

        def side(label: str, mode: str) -> Side | None:
            for run, one in self._sides(label, mode):
                if run.measured.commit == commit and run.measured.clean:
                    return one
            return None

        return side

    def last(self, label: str, mode: str) -> Side | None:
        """Returns the newest run of a target: of the branch that is checked out, if it has one."""
        return _first(self._sides(label, mode), self.branch)

    def before(self, run: Run, label: str, mode: str) -> Side | None:
        """Returns the run of a target before another one: of the same branch, if it has one."""
        return _first(self._sides(label, mode, run), run.measured.branch)

    def last_change(self, run: Run, label: str, mode: str) -> tuple[Run, Run] | None:
        """Returns the newest two successive runs up to this one, the earlier first, that differ."""
        later, numbers = run, _numbers(self._side(run, label, mode))
        for earlier, side in islice(self._sides(label, mode, run), _MOST_RUNS):
            if earlier.measured.branch == run.measured.branch:
                if _numbers(side) != numbers:
                    return earlier, later
                later = earlier
        return None

    def since(self, run: Run, label: str, mode: str) -> str:
        """Returns since when the inputs of a run give other numbers; empty if they never did."""
        found = unrepeatable(self.connection, run.id)
        own = [one.since for one in found if (one.label, one.mode) == (label, mode)]
        return own[0] if own else ""

    def similar(self, label: str) -> list[str]:
        """Returns labels of the newest run that look like this one, or any of a suite's."""
        newest = next(iter(runs(self.connection, most=1)), None)
        if newest is None:
            return []
        labels = sorted({key[0] for key in read_run(self.connection, newest.id)} - {label})
        return labels[:3] if newest.suite == label else difflib.get_close_matches(label, labels)

    def _sides(
        self, label: str, mode: str, before: Run | None = None
    ) -> Iterator[tuple[Run, Side]]:
        """Yields the runs of a target, the newest first; only those before one if it is named."""
        for run in runs(self.connection):
            if before and run.id >= before.id:
                continue
            if side := self._side(run, label, mode):
                yield run, side

    def _side(self, run: Run, label: str, mode: str) -> Side | None:
        found = read_target(self.connection, run.id, label, mode)
        benchmarks = {key[2]: one for key, one in found.items()}
        return Side(_name(run), benchmarks, run) if benchmarks else None


def _first(sides: Iterator[tuple[Run, Side]], branch: str) -> Side | None:
    """Returns the first one of a branch, or else the first of all."""
    other: Side | None = None
    for run, side in sides:
        if run.measured.branch == branch:
            return side
        other = other or side
    return other


def _numbers(side: Side | None) -> dict[str, dict[str, float]]:
    return {uri: dict(one.metrics) for uri, one in side.benchmarks.items()} if side else {}


def _name(run: Run) -> str:
    """Returns a run in words: its number, when it was stored, what was checked out."""
    when = datetime.datetime.fromtimestamp(run.time, tz=datetime.timezone.utc)
    measured = run.measured
    branch = f" on {printable(measured.branch)}" if measured.branch else ""
    changed = "" if measured.clean else " with uncommitted changes"
    what = f"{short(measured.commit) or 'no commit'}{branch}{changed}"
    return f"run {run.id} of {when:%Y-%m-%d %H:%M} UTC ({what})"
