"""What git knows of the checkout: its root, HEAD, branch and origin."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.checkout.git import answer, complaint, run_git
from rules_codspeed.publish.errors import PublishError

_BRANCH = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of a git repository.

    Attributes:
      root: its folder, as it was asked for.
      head: hash of the commit that is checked out, or None before the first commit.
      branch: name of the branch that is checked out, or None.
      origin: address of the remote `origin`, or None.
    """

    root: str
    head: str | None
    branch: str | None
    origin: str | None

    def commit(self) -> str:
        """Returns the hash of the commit that is checked out.

        Raises:
          PublishError: there is none.
        """
        if self.head is None:
            raise PublishError(
                "Failed to get HEAD commit",
                got=f"no commit in {self.root}",
                expected="a checkout with a commit",
                fix="commit once, or check the repository out again",
            )
        return self.head


def root_path(folder: Path) -> str:
    """Returns a folder as `repositoryRootPath` spells it: with a slash at its end."""
    return os.fsencode(os.path.join(folder, "")).decode("utf-8", "replace")


def workspace_prefix(checkout_root: str | Path, workspace: Path) -> str:
    """Returns the path from the checkout's root to the workspace: `""` or `"sub/folder/"`.

    A workspace that is not below the root has no such path; it counts as the root.
    """
    root, folder = Path(checkout_root).resolve(), workspace.resolve()
    if folder == root or not folder.is_relative_to(root):
        return ""
    return f"{folder.relative_to(root).as_posix()}/"


def read_checkout(root: str, variables: Mapping[str, str], advice: str = "") -> Checkout:
    """Reads the checkout at exactly a folder, never one above it.

    Args:
      root: the folder, as `repositoryRootPath` spells it.
      variables: the environment, for git's own configuration.
      advice: lines added to the error of a repository that cannot be opened.

    Raises:
      PublishError: there is no repository, or git is missing or refuses to read it.
    """
    opened = _git(root, variables, "rev-parse", "--git-dir")
    if opened.returncode:
        raise PublishError(
            f"Failed to open repository at path: {root}{advice}\ngit says: {complaint(opened)}",
            fix="check the repository out there, readable for this user",
        )
    ref = answer(_git(root, variables, "symbolic-ref", "--quiet", "HEAD")) or ""
    return Checkout(
        root,
        answer(_git(root, variables, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")),
        ref[len(_BRANCH) :] if ref.startswith(_BRANCH) else None,
        answer(_git(root, variables, "remote", "get-url", "origin")),
    )


def _git(
    root: str, variables: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Runs git(1) in a folder.

    Raises:
      PublishError: there is no git.
    """
    try:
        return run_git(root, variables, *arguments)
    except OSError as error:
        raise PublishError(
            f"cannot read the commit of {root}",
            got=f"no git ({error})",
            expected="the program git on PATH",
            fix="install git",
        ) from error
