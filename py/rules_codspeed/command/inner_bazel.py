"""The Bazel that a program starts which Bazel itself has started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError

# What 'bazel run' sets for the program that it starts, and another Bazel must not see.
_OF_RUN = ("BUILD_WORKSPACE_DIRECTORY", "BUILD_WORKING_DIRECTORY", "BUILD_ID")
# Repository rules of whatever commit is built see the environment of Bazel.
_TOKENS = ("CODSPEED_TOKEN", "CODSPEED_OAUTH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


def bazel_program(workspace: Path, given: str | None = None) -> str:
    """Returns the program: the given one, the workspace's `bazelw`, or that of PATH.

    Raises:
      CodSpeedError: there is none.
    """
    own = workspace / "bazelw"
    found = given or (str(own) if os.access(own, os.X_OK) else None)
    found = found or shutil.which("bazelisk") or shutil.which("bazel")
    if not found:
        raise CodSpeedError(
            "no Bazel",
            got="neither ./bazelw nor bazelisk nor bazel on PATH",
            expected="one of them",
            fix="add it to PATH, or name it with --bazel where there is that option",
        )
    return found


def bazel_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables without those of the Bazel before, and without tokens."""
    return {
        name: value
        for name, value in variables.items()
        if name not in (*_OF_RUN, *_TOKENS) and not name.startswith(("RUNFILES_", "PYTHON"))
    }
