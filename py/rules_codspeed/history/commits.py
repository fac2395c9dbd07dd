"""Which commit was measured, and which ones it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.changes import read_changes
from rules_codspeed.checkout.repository import GitError, find_repository
from rules_codspeed.contract.run_environments import CIS

_MOST_PARENTS = 1000
# Environment variables by which CI systems name the branch that a change is to be merged into.
_TARGETS = tuple(ci.base_branch for ci in CIS)
_USUAL = ("main", "master")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured.

    Attributes:
      commit: hash of HEAD; empty without git or before the first commit.
      branch: that is checked out, or empty.
      clean: whether the files were those of the commit, and no others.
    """

    commit: str
    branch: str
    clean: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit to compare with, and what it is to the measured one."""

    commit: str
    what: str


class Commits:
    """Asks git about a workspace; without git or a repository it knows nothing.

    Attributes:
      problem: why git cannot be asked about a checkout that is there; empty if it can.
      untracked: files that alone make the difference between the checkout and its commit.
    """

    def __init__(self, workspace: Path, variables: Mapping[str, str]) -> None:
        """Asks what is checked out: what a command writes later may lie in the workspace."""
        self._variables = variables
        self._repository = None
        self.problem = ""
        self.untracked: Sequence[str] = ()
        clean = False
        try:
            self._repository = find_repository(workspace, variables)
            if self._repository:
                changes = read_changes(self._repository)
                clean = not (changes.tracked or changes.untracked)
                self.untracked = () if changes.tracked else changes.untracked
        except GitError as error:
            self.problem = str(error)
        self._measured = Measured(
            commit=self.resolve("HEAD") or "",
            branch=self._ask("symbolic-ref", "--quiet", "--short", "HEAD") or "",
            clean=clean,
        )

    def measured(self) -> Measured:
        """Returns what was checked out when this object was made."""
        return self._measured

    @property
    def is_shallow(self) -> bool:
        """Whether earlier commits are left out of the clone."""
        return self._ask("rev-parse", "--is-shallow-repository") == "true"

    def resolve(self, name: str) -> str | None:
        """Returns the hash of a commit that a person names; None if there is none."""
        if name.startswith("-"):
            return None
        # Not --end-of-options: before 2.30 git's rev-parse does not know it.
        return self._ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def candidates(self, measured: Measured) -> list[Candidate]:
        """Returns the commits to compare with, the best first.

        Uncommitted work is compared with its own commit; a branch with where it left the one
        that it is to be merged into; both, and that branch itself, with the commits before.
        """
        if not measured.commit:
            return []
        found: dict[str, str] = {}
        if not measured.clean:
            found[measured.commit] = "the commit that is checked out"
        target = self._target()
        base = self._ask("merge-base", "HEAD", target) if target else None
        if base and base != measured.commit:
            found.setdefault(base, f"the merge base with {target}")
        start = base or measured.commit
        history = self._ask("rev-list", "--first-parent", f"--max-count={_MOST_PARENTS}", start)
        for commit in (history or "").split():
            if commit != measured.commit:
                found.setdefault(commit, "an earlier commit")
        # Where the branch has no stored base, its own commits are better than nothing.
        own = self._ask("rev-list", "--first-parent", f"--max-count={_MOST_PARENTS}", "HEAD")
        for commit in (own or "").split():
            if commit != measured.commit:
                found.setdefault(commit, "an earlier commit of this branch")
        return [Candidate(commit, what) for commit, what in found.items()]

    def _target(self) -> str | None:
        """Returns the branch that HEAD is to be merged into, as far as it is known."""
        named = [name for one in _TARGETS if (name := self._variables.get(one))]
        default = self._ask("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        places = [f"origin/{name}" for name in named] + ([default] if default else [])
        places += [f"origin/{name}" for name in _USUAL] + [*named, *_USUAL]
        return next((name for name in places if self.resolve(name)), None)

    def between(self, earlier: str, later: str) -> list[str]:
        """Returns hash and subject of the workspace's commits that only the later one has."""
        folder = self._repository.inside if self._repository else ""
        log = self._ask("log", "--format=%h %s", f"{earlier}..{later}", "--", folder or ".")
        return (log or "").splitlines()

    def _ask(self, *arguments: str) -> str | None:
        try:
            repository = self._repository
            return repository.ask("--literal-pathspecs", *arguments) if repository else None
        except GitError:
            return None


def short(commit: str) -> str:
    """Returns a commit's hash as people read it."""
    return commit[:10]
