"""Git repositories for the tests of the history."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

VARIABLES = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent"}
_OPTIONS = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
_OPTIONS += ["-c", "protocol.file.allow=always"]


def need_git() -> None:
    """Skips the test where there is no git."""
    if not shutil.which("git"):
        pytest.skip("no git on this machine")


def git(folder: Path, *arguments: str) -> str:
    """Runs git; returns what it printed. Skips the test where there is none."""
    need_git()
    return subprocess.run(
        ["git", "-C", str(folder), *_OPTIONS, *arguments],
        env={**VARIABLES, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def repository(folder: Path, commits: int = 1) -> list[str]:
    """Makes a repository on branch `main`; returns the hashes of its commits, the oldest first."""
    return _copied("", folder, commits)


def monorepo(folder: Path, commits: int = 1) -> tuple[Path, list[str]]:
    """Makes a repository with a workspace in its folder `sub/ws`; returns that and the commits."""
    return folder / "sub/ws", _copied("sub/ws", folder, commits)


def _copied(workspace: str, folder: Path, commits: int) -> list[str]:
    template, hashes = _template(workspace, commits)
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)
    return hashes.copy()


@functools.cache
def _template(workspace: str, commits: int) -> tuple[Path, list[str]]:
    """Makes a repository to copy: a copy takes no process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    git(folder, "init", "-q", "-b", "main")
    if workspace:
        (folder / workspace).mkdir(parents=True)
        (folder / workspace / "MODULE.bazel").write_text("")
        git(folder, "add", ".")
    return folder, [commit(folder, f"commit {number}") for number in range(commits)]


def commit(folder: Path, text: str) -> str:
    """Changes the tracked file and commits it; returns the hash."""
    (folder / "file").write_text(text)
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", text)
    return git(folder, "rev-parse", "HEAD")
