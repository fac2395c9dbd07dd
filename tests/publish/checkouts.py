"""Real git repositories for tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

# The configuration of the machine and of the user is ignored.
GIT_VARIABLES = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
}
_AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


def need_git() -> None:
    """Skips the test where there is no git."""
    if not shutil.which("git"):
        pytest.skip("no git on this machine")


def git(folder: Path, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    """Runs git in a folder; returns what it printed. Skips the test where there is no git."""
    need_git()
    return subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env={**GIT_VARIABLES, **_AUTHOR, **(more or {})},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def make_checkout(folder: Path, commits: int = 1, origin: str | None = None) -> str:
    """Makes a repository with commits on the branch `main`; returns the last commit, or empty."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(commits):
        git(folder, "commit", "--quiet", "--allow-empty", "--message", f"commit {number}")
    if origin:
        git(folder, "remote", "add", "origin", origin)
    return git(folder, "rev-parse", "HEAD") if commits else ""
