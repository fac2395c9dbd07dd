"""What a run is compared with: a commit of the history, or a file. Stores each run there."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.history.commits import Candidate, Commits, short
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.place import history_file
from rules_codspeed.history.repeatability import Spread, Unrepeatable, spreads, unrepeatable
from rules_codspeed.history.rows import Run
from rules_codspeed.history.store import (
    add_run,
    has_clean_runs,
    newest_of,
    read_run,
    runs,
    stored_commits,
)
from rules_codspeed.report.export import RESULTS
from rules_codspeed.results.changes import MOVED, Change, Key, Recorded, worst
from rules_codspeed.results.comparison import compare, recorded, with_reasons
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Results
from rules_codspeed.results.schema import parse_results

NONE = "none"
"""Value of `--compare` that compares with nothing."""

_SERIES = 30  # runs of a series


@dataclass(frozen=True, slots=True)
class Base:
    """What a run is compared with.

    Attributes:
      description: the base in words.
      benchmarks: its numbers.
      folder: of an export with its profiles, or None.
    """

    description: str
    benchmarks: Mapping[Key, Recorded]
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What is known about earlier runs.

    Attributes:
      base: what the run is compared with, or None.
      series: earlier runs with their numbers, the oldest first; only if they were asked for.
      unsteady: targets of the run that gave other numbers for the same inputs before.
      spreads: the smallest and the largest number of their benchmarks, by metric.
      notes: what a person should know about how the run is stored and compared: sentences.
    """

    base: Base | None = None
    series: list[tuple[Run, Mapping[Key, Recorded]]] = field(default_factory=list)
    unsteady: tuple[Unrepeatable, ...] = ()
    spreads: Mapping[Key, Mapping[str, Spread]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def changes(self, results: Results) -> list[Change]:
        """Returns what changed; nothing without a base."""
        if not self.base:
            return []
        compared = compare(
            self.base.benchmarks, recorded(results), lambda label, mode: default_rules(mode)
        )
        changes = with_reasons(compared, results.unmeasured)
        since = {(one.label, one.mode): one.since for one in self.unsteady}
        return [
            _dated(_within_spread(one, self.spreads.get(one.key, {})), since.get(one.key[:2], ""))
            for one in changes
        ]


@dataclass(frozen=True, slots=True)
class Historian:
    """Looks up earlier runs of a suite, and stores this one.

    Attributes:
      suite: label of the suite.
      workspace: root of the Bazel workspace.
      variables: the environment.
      commits: what is checked out there.
      compare: value of `--compare`: a commit, a file, `none`; None: the commits that git suggests.
      warn: called with what the user has to know.
    """

    suite: str
    workspace: Path
    variables: Mapping[str, str]
    commits: Commits
    compare: str | None
    warn: Callable[[str], None]

    def record(self, results: Results, with_series: bool) -> Past:
        """Stores a run; returns what it is compared with.

        A history that cannot be used is a warning and not an error: the run was measured.

        Args:
          results: of the run.
          with_series: whether earlier runs are wanted.

        Raises:
          CodSpeedError: `--compare` names something that is not there.
        """
        file = self._file_base()
        if self.commits.problem:
            self.warn(f"This run is stored as uncommitted work: {self.commits.problem}")
        try:
            path = history_file(self.workspace, self.variables)
            with opened(path, self.warn) as connection:
                platforms = {one.platform for one in results.provenance}
                base = file or self._stored_base(connection, platforms)
                notes = self._notes(connection, base)
                series = self._series(connection, platforms) if with_series else []
                measured = self.commits.measured()
                version = next((one.rules_version for one in results.provenance), "")
                run = add_run(connection, self.suite, measured, version, recorded(results))
                unsteady = tuple(unrepeatable(connection, run))
                known = {k: v for one in unsteady for k, v in spreads(connection, one).items()}
                return Past(base, series, unsteady, known, notes)
        except HistoryError as error:
            self.warn(str(error))
            return Past(file)

    def _file_base(self) -> Base | None:
        """Returns the base that `--compare FILE` names; a file goes before a commit of its name."""
        if not self.compare or self.compare == NONE:
            return None
        path = Path(self.variables.get("BUILD_WORKING_DIRECTORY", ""), self.compare)
        # Not Path.exists: it raises where a name is longer than any file's.
        if not os.path.exists(path):
            return None
        file = path / RESULTS if path.is_dir() else path
        try:
            found = parse_results(read_document(file, RESULTS_DOCUMENT))
        except (OSError, DocumentError) as error:
            raise CodSpeedError(
                f"cannot compare with {path}",
                got=str(str(error).splitlines()[0]),
                expected="results as --format json prints them, or a folder of --out",
                fix="name one, or a commit",
            ) from error
        return Base(self.compare, recorded(found), path if path.is_dir() else None)

    def _stored_base(self, connection: History, platforms: Collection[str]) -> Base | None:
        if self.compare == NONE:
            return None
        if self.compare:
            return self._named_base(connection, self.compare, platforms)
        candidates = self.commits.candidates(self.commits.measured())
        run = newest_of(connection, self.suite, [one.commit for one in candidates], platforms)
        if not run:
            return None
        return Base(_description(run, candidates), read_run(connection, run.id))

    def _named_base(self, connection: History, name: str, platforms: Collection[str]) -> Base:
        # What is not fetched may have been measured all the same.
        stored = stored_commits(connection, self.suite, name)
        commit = self.commits.resolve(name) or (stored[0] if len(stored) == 1 else None)
        asked = [commit] if commit else []
        run = newest_of(connection, self.suite, asked, platforms)
        # Of another platform: shown beside, with the reason why nothing is compared.
        run = run or newest_of(connection, self.suite, asked)
        if not run:
            got = f"no results of {short(commit)}" if commit else "no such commit or file"
            raise CodSpeedError(
                f"cannot compare with {name!r}",
                got=self.commits.problem or got,
                expected=(
                    "a commit that was measured on this machine without uncommitted changes, or a "
                    "file of results"
                ),
                fix=self._fix(name, known=commit is not None),
            )
        return Base(f"{name} ({short(run.measured.commit)})", read_run(connection, run.id))

    def _fix(self, name: str, known: bool) -> str:
        """Returns the next step where a commit was not measured, or is not known."""
        if self.commits.problem:
            return "see to what git says, or name a file"
        if not known and self.commits.is_shallow:
            return "fetch what this shallow clone leaves out: git fetch --unshallow"
        return f"measure both with 'bazel run @rules_codspeed//tools:compare -- --base {name}'"

    def _notes(self, connection: History, base: Base | None) -> tuple[str, ...]:
        notes = []
        if self.commits.untracked:
            first, *others = self.commits.untracked
            more = f" and {len(others):,} more" if others else ""
            notes.append(
                f"Stored as uncommitted work, as git does not track {printable(first)}{more}: "
                "commit such files, or name them in .gitignore"
            )
        unknown = base is None and self.compare is None and self.commits.is_shallow
        if unknown and has_clean_runs(connection, self.suite, self.commits.measured().commit):
            notes.append(
                "Compared with nothing, as this clone is shallow: fetch the commits that were "
                "measured before, with git fetch --unshallow"
            )
        return tuple(notes)

    def _series(
        self, connection: History, platforms: Collection[str]
    ) -> list[tuple[Run, Mapping[Key, Recorded]]]:
        found = reversed(runs(connection, self.suite, _SERIES, platforms))
        return [(run, read_run(connection, run.id)) for run in found]


def _within_spread(change: Change, spread: Mapping[str, Spread]) -> Change:
    """Takes back a verdict on a number before that the inputs of now gave, too."""
    metrics = tuple(
        replace(one, verdict="not_repeatable")
        if one.verdict in MOVED and not one.over_budget and _lies_in(one.before, spread, one.metric)
        else one
        for one in change.metrics
    )
    if metrics == change.metrics:
        return change
    return replace(change, metrics=metrics, verdict=worst([one.verdict for one in metrics]))


def _lies_in(value: float | None, spread: Mapping[str, Spread], metric: str) -> bool:
    if value is None or metric not in spread:
        return False
    low, high = spread[metric]
    return low <= value <= high


def _dated(change: Change, since: str) -> Change:
    """Adds since when the numbers of a target do not repeat, to a change that may come of it."""
    if not since or change.verdict not in {"not_repeatable", *MOVED}:
        return change
    reason = change.reason or "the same inputs gave other numbers"
    return replace(change, reason=f"{reason} {since}")


def _description(run: Run, candidates: list[Candidate]) -> str:
    what = next(one.what for one in candidates if one.commit == run.measured.commit)
    return f"{short(run.measured.commit)}, {what}"
