"""Judges commits: whether a benchmark is slower there than in the good commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rules_codspeed.bisect.search import Verdict
from rules_codspeed.compare.build import Build
from rules_codspeed.compare.cache import note
from rules_codspeed.compare.changes import changes_between
from rules_codspeed.compare.commits import Commits
from rules_codspeed.compare.errors import UnmeasuredError
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.report.changes import counts
from rules_codspeed.results.changes import Change, Key, slower
from rules_codspeed.results.model import Results

_UNKNOWN = {"missing", "not_comparable"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What commits are judged by.

    Attributes:
      commits: of the repository.
      build: of the targets whose benchmarks got slower.
      scratch: a folder for what is measured.
      good: results of the good commit.
      changes: since the good commit, by hash of those that are slower; the bad one is among them.
      watched: the benchmarks that are slower in the bad commit.
    """

    commits: Commits
    build: Build
    scratch: Path
    good: Results
    changes: dict[str, Sequence[Change]]
    watched: frozenset[Key]

    def judge(self, commit: str, suspects: int) -> Verdict:
        """Measures a commit; returns whether any of the benchmarks is slower than it was.

        A commit in which none is, and one of them has no number that compares, has no verdict.

        Args:
          commit: its hash.
          suspects: how many commits may be the first bad one, for the message.

        Raises:
          CodSpeedError: no commit can be measured.
        """
        steps = (suspects - 1).bit_length()
        note(f"{suspects:,} commits may be the first slower one; measures {steps} of them")
        try:
            results = self.commits.measure(commit, self.build, self.scratch / commit).results
        except UnmeasuredError as error:
            note(f"{described(self.commits, commit)}: skipped. {error}")
            return "skipped"
        changes = _of(self.watched, changes_between(self.good, results))
        verdict = _verdict(changes)
        if verdict == "bad":
            self.changes[commit] = changes
        outcome = "skipped, " if verdict == "skipped" else ""
        note(f"{described(self.commits, commit)}: {outcome}{', '.join(counts(changes))}")
        return verdict


def first_trial(commits: Commits, build: Build, scratch: Path, good: str, bad: str) -> Trial:
    """Measures the two commits that are named; returns what the others are judged by.

    Args:
      commits: of the repository.
      build: what is built, and how.
      scratch: an empty folder.
      good: hash of the good commit.
      bad: hash of the bad commit.

    Raises:
      CodSpeedError: one of them cannot be measured, or nothing got slower.
    """
    before = commits.measure(good, build, scratch / good).results
    after = commits.measure(bad, build, scratch / bad).results
    changes = changes_between(before, after)
    watched = frozenset(one.key for one in changes if one.verdict == "regressed")
    if not watched:
        raise CodSpeedError(
            f"nothing is slower in {bad[:10]} than in {good[:10]}",
            got=", ".join(counts(changes)),
            expected="a benchmark that got slower",
            fix="name an earlier good commit, a later bad one, or other targets",
        )
    # The other targets of a suite need not be built.
    build = replace(build, targets=sorted({label for label, _, _ in watched}))
    return Trial(commits, build, scratch, before, {bad: _of(watched, changes)}, watched)


def described(commits: Commits, commit: str) -> str:
    """Returns the hash of a commit and its subject, fit for a terminal."""
    subject = commits.store.ask("log", "-1", "--no-show-signature", "--format=%s", commit) or ""
    return f"{commit[:10]} {printable(subject)}".rstrip()


def _of(watched: frozenset[Key], changes: Sequence[Change]) -> list[Change]:
    return [one for one in changes if one.key in watched]


def _verdict(changes: Sequence[Change]) -> Verdict:
    if slower(changes):
        return "bad"
    unknown = any(one.verdict in _UNKNOWN for one in changes)
    return "skipped" if unknown else "good"
