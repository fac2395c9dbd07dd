"""Runs git(1) with an environment that holds none of our variables."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

# What git needs to find itself, its configuration and, below sudo, the owner of the checkout.
# Nothing else: hooks and helpers that it starts must not see our tokens.
_PASSED = ("PATH", "HOME", "XDG_CONFIG_HOME", "SUDO_UID")


def run_git(
    root: str, variables: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Runs git in a checkout, never in one above it.

    Args:
      root: folder of the checkout.
      variables: the environment, for git's own configuration.
      *arguments: the command.

    Raises:
      OSError: git cannot be started.
    """
    return subprocess.run(
        ["git", "-C", root, *arguments],
        env=_environment(Path(root), variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def answer(process: subprocess.CompletedProcess[str]) -> str | None:
    """Returns what git printed; None where it failed."""
    return process.stdout.rstrip("\n") if process.returncode == 0 else None


def complaint(process: subprocess.CompletedProcess[str]) -> str:
    """Returns the first line of git's error message."""
    lines = process.stderr.strip().splitlines()
    return lines[0] if lines else f"status {process.returncode}"


def _environment(root: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment for git, in which nothing names another repository or a token.

    GIT_CONFIG_* stay: containers name safe folders there.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if name in _PASSED or name.startswith("GIT_CONFIG_")
    }
    return {
        **kept,
        "GIT_CEILING_DIRECTORIES": str(root.resolve().parent),
        "LC_ALL": "C",
    }
