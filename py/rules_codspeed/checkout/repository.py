"""Which repository a workspace lies in.

It is the one of the nearest folder with a `.git`, at the workspace or above it. A repository above
counts only if it holds files of the workspace: a home folder that is a repository, for example of
configuration files, says nothing about what lies in it by accident.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.git import answer, complaint, run_git
from rules_codspeed.contract.errors import CodSpeedError

_FOREIGN = "dubious ownership"


class GitError(CodSpeedError):
    """Git cannot be asked about a workspace that lies in a checkout.

    `history/commits.py`, `history/place.py` and `verify/choice.py` catch it: runs are stored, and
    targets chosen, without a commit.
    """


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a workspace.

    Attributes:
      root: of its worktree, without links.
      workspace: root of the Bazel workspace, without links; the same folder, or one in it.
      variables: the environment.
    """

    root: Path
    workspace: Path
    variables: Mapping[str, str]

    @property
    def inside(self) -> str:
        """The workspace's path in the worktree: empty, or with a slash at its end."""
        inside = self.workspace.relative_to(self.root).as_posix()
        return "" if inside == "." else f"{inside}/"

    @property
    def common(self) -> Path:
        """The folder that all worktrees of the repository share."""
        return self.root / (self.ask("rev-parse", "--git-common-dir") or ".git")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs git in the root of the worktree.

        Raises:
          GitError: there is no git.
        """
        try:
            return run_git(str(self.root), self.variables, *arguments)
        except OSError as error:
            raise GitError(
                f"git cannot be asked about {self.root}",
                got=f"no git ({error.strerror})",
                expected="the program git on PATH",
                fix="install git",
            ) from error

    def ask(self, *arguments: str) -> str | None:
        """Returns what git prints; None where it fails.

        Raises:
          GitError: there is no git.
        """
        return answer(self.run(*arguments))

    def refused(self, process: subprocess.CompletedProcess[str]) -> GitError:
        """Returns the error of a command that fails in no repository without a fault."""
        reason = complaint(process)
        foreign = f"git config --global --add safe.directory {shlex.quote(str(self.root))}"
        damaged = f"repair {self.root / '.git'}, or check the repository out again"
        return GitError(
            f"git cannot be asked about {self.root}",
            got=reason,
            expected="a checkout that this user may read",
            fix=foreign if _FOREIGN in reason else damaged,
        )


def find_git_root(start: Path) -> Path | None:
    """Returns the nearest folder at or above `start`, without links, that has a `.git`.

    A `.git` may be a file, as in worktrees and submodules (spec: upload-environment 6).
    """
    folder = start.resolve()
    # Not Path.exists: it raises where a folder above is not accessible.
    return next((one for one in (folder, *folder.parents) if os.path.exists(one / ".git")), None)


def find_repository(workspace: Path, variables: Mapping[str, str]) -> Repository | None:
    """Returns the repository that a workspace lies in; None if it lies in none.

    Args:
      workspace: root of the Bazel workspace.
      variables: the environment.

    Raises:
      GitError: there is no git, or it refuses to read what is there.
    """
    root = find_git_root(workspace)
    if root is None:
        return None
    found = Repository(root, workspace.resolve(), variables)
    opened = found.run("rev-parse", "--show-toplevel")
    if opened.returncode:
        raise found.refused(opened)
    top = Path(answer(opened) or "")
    if top.resolve() != root:
        raise GitError(
            f"git cannot be asked about {root}",
            got=f"a repository whose files are in {top}",
            expected="one whose files are in this folder",
            fix=f"git -C {shlex.quote(str(root))} config --unset core.worktree",
        )
    return found if not found.inside or _holds(found) else None


def _holds(repository: Repository) -> bool:
    """Returns whether a repository's commit or index has files of the workspace."""
    inside = repository.inside
    if repository.ask("rev-parse", "--verify", "--quiet", f"HEAD:{inside}"):
        return True
    return bool(repository.ask("--literal-pathspecs", "ls-files", "-z", "--", inside))
