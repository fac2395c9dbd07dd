"""Where the history of a repository lies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from rules_codspeed.checkout.repository import GitError, find_git_root, find_repository
from rules_codspeed.history.errors import HistoryError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def history_file(workspace: Path, variables: Mapping[str, str]) -> Path:
    """Returns the file of a workspace's history, in the XDG state folder.

    All worktrees of a repository share one; a workspace in a folder of its own has its own.

    Args:
      workspace: root of the Bazel workspace.
      variables: XDG_STATE_HOME and HOME count.

    Raises:
      HistoryError: neither variable is set.
    """
    state, home = variables.get("XDG_STATE_HOME", ""), variables.get("HOME", "")
    folder = Path(state) if Path(state).is_absolute() else Path(home, ".local/state")
    if not folder.is_absolute():
        raise HistoryError(
            "no place for the history of results",
            got="neither HOME nor XDG_STATE_HOME",
            expected="a folder of the user",
            fix="set HOME",
        )
    owner, inside = _shared(workspace.resolve(), variables)
    name = _UNSAFE.sub("_", owner.parent.name if owner.name == ".git" else owner.name)
    key = hashlib.sha256(f"{owner}\0{inside}".encode(errors="surrogateescape")).hexdigest()[:12]
    return folder / "rules_codspeed" / "history" / f"{name}-{key}.sqlite3"


def _shared(workspace: Path, variables: Mapping[str, str]) -> tuple[Path, str]:
    """Returns what the worktrees of a repository share, and the workspace's folder in one."""
    try:
        found = find_repository(workspace, variables)
        return (found.common.resolve(), found.inside) if found else (workspace, "")
    except GitError:
        # What cannot be asked now has most often the place that git would name.
        root = find_git_root(workspace) or workspace
        inside = workspace.relative_to(root).as_posix()
        return root / ".git", "" if inside == "." else f"{inside}/"
