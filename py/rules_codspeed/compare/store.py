"""Where commits are checked out from: a repository, or one of its submodules."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.git import answer, complaint, run_git
from rules_codspeed.contract.errors import CodSpeedError

# Hooks and watchers are for the checkouts that a person works in; submodules are checked out by us.
_OURS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "submodule.recurse=false")
_OPTIONS = tuple(word for setting in _OURS for word in ("-c", setting))


@dataclass(frozen=True, slots=True)
class Store:
    """A git repository on this machine.

    Attributes:
      folder: root of a worktree, or a git directory.
      variables: the environment.
      has_tree: whether it is a worktree.
    """

    folder: Path
    variables: Mapping[str, str]
    has_tree: bool = True

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs git there; it may ask a remote.

        Raises:
          OSError: git cannot be started.
        """
        # A submodule's git directory may name a worktree that is no longer there.
        place = () if self.has_tree else ("--git-dir=.", "--work-tree=.")
        # Git accepted the repository of the workspace: worktrees and submodules are part of it.
        trusted = ("-c", f"safe.directory={self.folder}")
        command = (*place, *trusted, *_OPTIONS, *arguments)
        return run_git(str(self.folder), self.variables, *command, fetches=True)

    def ask(self, *arguments: str) -> str | None:
        """Returns what git prints; None where it fails."""
        return answer(self.run(*arguments))

    @property
    def git_folder(self) -> Path:
        """Its git directory: that of the worktree, if it is one of several."""
        return (self.folder / (self.ask("rev-parse", "--git-dir") or ".git")).resolve()

    @property
    def common(self) -> Path:
        """The git directory that all its worktrees share."""
        return (self.folder / (self.ask("rev-parse", "--git-common-dir") or ".git")).resolve()

    @property
    def command(self) -> str:
        """How a person starts git there."""
        folder = shlex.quote(str(self.folder))
        if self.has_tree:
            return f"git -C {folder}"
        return f"git --git-dir={folder} --work-tree={folder}"

    def commit(self, name: str) -> str:
        """Returns the hash of a commit that a person names.

        Raises:
          CodSpeedError: there is none.
        """
        # Not --end-of-options: before 2.30 git's rev-parse does not know it.
        found = self.run("rev-parse", "--verify", f"{name}^{{commit}}")
        if found.returncode or name.startswith("-"):
            raise CodSpeedError(
                f"no commit {name!r}",
                got=complaint(found),
                expected=f"a commit, branch or tag of {self.folder}",
                fix=self.unshallow or "name one, or fetch it",
            )
        return found.stdout.strip()

    @property
    def unshallow(self) -> str:
        """The next step where commits are missing in a shallow clone; empty in a whole one."""
        if self.ask("rev-parse", "--is-shallow-repository") != "true":
            return ""
        return f"fetch what this shallow clone leaves out: {self.command} fetch --unshallow"

    def holds(self, commit: str) -> bool:
        """Returns whether it has a commit."""
        return self.ask("cat-file", "-e", f"{commit}^{{commit}}") is not None
