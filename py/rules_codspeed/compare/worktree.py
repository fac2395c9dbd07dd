"""A worktree of the repository in the user's cache folder, in which other commits are measured."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.git import answer, complaint, run_git
from rules_codspeed.contract.errors import CodSpeedError


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a workspace.

    Attributes:
      root: of its worktree.
      workspace: root of the Bazel workspace.
      variables: the environment.
    """

    root: Path
    workspace: Path
    variables: Mapping[str, str]

    def commit(self, name: str) -> str:
        """Returns the hash of a commit that a person names.

        Raises:
          CodSpeedError: there is none.
        """
        found = run_git(
            str(self.root),
            self.variables,
            "rev-parse",
            "--verify",
            "--end-of-options",
            f"{name}^{{commit}}",
        )
        if found.returncode:
            raise CodSpeedError(
                f"no commit {name!r}",
                got=complaint(found),
                expected=f"a commit, branch or tag of {self.root}",
                fix="name one, or fetch it",
            )
        return found.stdout.strip()

    def git(self, *arguments: str, folder: Path | None = None) -> None:
        """Runs a git command that has to succeed.

        Raises:
          CodSpeedError: it failed.
        """
        done = run_git(str(folder or self.root), self.variables, *arguments)
        if done.returncode:
            raise CodSpeedError(
                f"git {arguments[0]} failed in {folder or self.root}",
                got=complaint(done),
                expected="a repository that can be checked out",
                fix="see git's message",
            )


def find_repository(workspace: Path, variables: Mapping[str, str]) -> Repository:
    """Returns the repository that a workspace lies in.

    Raises:
      CodSpeedError: there is none, or no git.
    """
    try:
        root = answer(run_git(str(workspace), variables, "rev-parse", "--show-toplevel"))
    except OSError as error:
        raise CodSpeedError(
            "no git", got=str(error), expected="the program git on PATH", fix="install git"
        ) from error
    if not root:
        raise CodSpeedError(
            f"{workspace} is not in a git repository",
            got="no .git",
            expected="a checkout",
            fix="run this in the workspace whose commits are to be compared",
        )
    return Repository(Path(root), workspace.resolve(), variables)


def cache_folder(repository: Repository) -> Path:
    """Returns the folder that keeps what comparing a repository needs.

    Raises:
      CodSpeedError: there is no home.
    """
    cache, home = (repository.variables.get(name, "") for name in ("XDG_CACHE_HOME", "HOME"))
    folder = Path(cache) if Path(cache).is_absolute() else Path(home, ".cache")
    if not folder.is_absolute():
        raise CodSpeedError(
            "no place to measure in",
            got="neither HOME nor XDG_CACHE_HOME",
            expected="a folder of the user",
            fix="set HOME",
        )
    key = hashlib.sha256(os.fsencode(repository.root)).hexdigest()[:12]
    return folder / "rules_codspeed" / "compare" / f"{repository.root.name}-{key}"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the cache folder of a repository; waits for any other comparison there."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"rules_codspeed: waiting for another comparison in {folder}", file=sys.stderr)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_out(repository: Repository, commit: str, worktree: Path) -> Path:
    """Checks a commit out, exactly: nothing of an earlier one is left.

    Returns:
      The Bazel workspace in the worktree.

    Raises:
      CodSpeedError: it cannot be checked out, or has no such workspace.
    """
    if (worktree / ".git").exists():
        repository.git("checkout", "--quiet", "--detach", "--force", commit, folder=worktree)
        repository.git("clean", "--quiet", "-ffdx", folder=worktree)
    else:
        repository.git("worktree", "prune")
        repository.git("worktree", "add", "--quiet", "--detach", "--force", str(worktree), commit)
    workspace = worktree / repository.workspace.relative_to(repository.root.resolve())
    if not workspace.is_dir():
        raise CodSpeedError(
            f"{commit[:10]} has no folder of this workspace",
            got=f"no {workspace}",
            expected="the workspace in both commits",
            fix="choose a later base",
        )
    return workspace
