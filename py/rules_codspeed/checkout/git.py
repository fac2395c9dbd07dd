"""Runs git(1) with an environment that holds none of our variables."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

# What git needs to find itself, its configuration and, below sudo, the owner of the checkout.
# Nothing else: hooks and helpers that it starts must not see our tokens.
_PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID")
# What it also needs where it may have to fetch something.
_FOR_REMOTES = (
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND"),
    *("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    *("no_proxy", "NO_PROXY"),
)
# Nobody answers questions, and a status of ours never holds the lock of the index.
_FIXED = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_FAULTS = ("fatal:", "error:")


def run_git(
    root: str, variables: Mapping[str, str], *arguments: str, fetches: bool = False
) -> subprocess.CompletedProcess[str]:
    """Runs git in a checkout, never in one above it.

    Args:
      root: folder of the checkout.
      variables: the environment, for git's own configuration.
      *arguments: the command.
      fetches: whether it may have to ask a remote, as in a partial clone.

    Raises:
      OSError: git cannot be started.
    """
    return subprocess.run(
        ["git", "-C", root, *arguments],
        env=_environment(Path(root), variables, fetches),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def answer(process: subprocess.CompletedProcess[str]) -> str | None:
    """Returns what git printed; None where it failed."""
    return process.stdout.rstrip("\n") if process.returncode == 0 else None


def complaint(process: subprocess.CompletedProcess[str]) -> str:
    """Returns the line of git's messages that states why it failed, without warnings before it."""
    lines = process.stderr.strip().splitlines()
    faults = [line for line in lines if line.startswith(_FAULTS)]
    return next(iter(faults or lines), f"status {process.returncode}")


def _environment(root: Path, variables: Mapping[str, str], fetches: bool) -> dict[str, str]:
    """Returns the environment for git, in which nothing names another repository or a token.

    GIT_CONFIG_* stay: containers name safe folders there.
    """
    names = (*_PASSED, *(_FOR_REMOTES if fetches else ()))
    kept = {
        name: value
        for name, value in variables.items()
        if name in names or name.startswith("GIT_CONFIG_")
    }
    return {**kept, **_FIXED, "GIT_CEILING_DIRECTORIES": str(root.resolve().parent)}
