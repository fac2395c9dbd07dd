"""Measures commits of a repository in a worktree and an output base that they share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.repository import Repository
from rules_codspeed.compare.build import Build, Measured
from rules_codspeed.compare.cache import cache_folder, locked
from rules_codspeed.compare.store import Store
from rules_codspeed.compare.worktree import check_out, repository_of


@dataclass(frozen=True, slots=True)
class Commits:
    """The commits of the repository that a workspace lies in.

    Attributes:
      repository: the repository.
      store: the same, where commits are checked out from.
      cache: the folder that keeps worktree, output base and disk cache: what did not change from
        one commit to the next is not measured again.
    """

    repository: Repository
    store: Store
    cache: Path

    @property
    def disk_cache(self) -> Path:
        """What all builds share, the workspace's own included."""
        return self.cache / "disk"

    def measure(self, commit: str, build: Build, scratch: Path) -> Measured:
        """Measures a commit; returns the results.

        Args:
          commit: its hash.
          build: what is built, and how.
          scratch: a folder that is not there yet.

        Raises:
          CodSpeedError: it cannot be checked out or measured.
        """
        scratch.mkdir()
        workspace = check_out(self.repository, commit, self.cache / "worktree")
        return build.measure(workspace, self.cache / "base", scratch)


@contextlib.contextmanager
def commits_of(workspace: Path, variables: Mapping[str, str]) -> Iterator[Commits]:
    """Opens the commits of a workspace; waits for any other comparison of them.

    Args:
      workspace: root of the Bazel workspace.
      variables: the environment.

    Raises:
      CodSpeedError: it lies in no repository, or there is no place to measure in.
    """
    repository = repository_of(workspace, variables)
    cache = cache_folder(repository.root, variables)
    with locked(cache):
        yield Commits(repository, Store(repository.root, variables), cache)
