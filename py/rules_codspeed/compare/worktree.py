"""A worktree of the repository in the user's cache folder, in which other commits are measured.

It is ours: what git does not accept there is made anew.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rules_codspeed.checkout.git import complaint
from rules_codspeed.checkout.repository import Repository, find_git_root, find_repository
from rules_codspeed.compare.cache import note
from rules_codspeed.compare.errors import UnmeasuredError
from rules_codspeed.compare.large_files import fill_pointers
from rules_codspeed.compare.store import Store
from rules_codspeed.compare.submodules import source_of, submodules
from rules_codspeed.contract.errors import CodSpeedError

_SPARSE = "info/sparse-checkout"


def repository_of(workspace: Path, variables: Mapping[str, str]) -> Repository:
    """Returns the repository that a workspace lies in.

    Raises:
      CodSpeedError: there is none, or no git.
    """
    found = find_repository(workspace, variables)
    if found is None:
        above = find_git_root(workspace)
        raise CodSpeedError(
            f"{workspace} is not in a git repository",
            got=f"no file of it in the repository {above}" if above else "no .git",
            expected="a checkout",
            fix="run this in the workspace whose commits are to be compared",
        )
    return found


def check_out(repository: Repository, commit: str, worktree: Path) -> Path:
    """Checks a commit out, exactly: nothing of an earlier one is left.

    Returns:
      The Bazel workspace in the worktree.

    Raises:
      UnmeasuredError: it has no such workspace.
      CodSpeedError: it cannot be checked out.
    """
    _fill(Store(repository.root, repository.variables), commit, worktree)
    workspace = worktree / repository.inside
    if not workspace.is_dir():
        raise UnmeasuredError(
            f"{commit[:10]} has no folder of this workspace",
            got=f"no {workspace}",
            expected="the workspace in both commits",
            fix="choose a later base",
        )
    return workspace


def _fill(store: Store, commit: str, worktree: Path) -> None:
    """Checks a commit and its submodules out."""
    if os.path.lexists(worktree) and (problem := _switched(store, commit, worktree)):
        note(f"{worktree} is made anew: {problem}")
        _remove(worktree)
    if not (worktree / ".git").exists():
        _make(store, commit, worktree)
    fill_pointers(store, commit, worktree)
    for submodule in submodules(store, commit):
        folder = worktree / submodule.path
        if not folder.is_dir():
            continue  # left out by a sparse checkout
        source = source_of(store, submodule)
        if source:
            _fill(source, submodule.commit, folder)
        else:
            note(
                f"the submodule {submodule.path} of {commit[:10]} is left empty, as it is not on "
                f"this machine: {store.command} submodule update --init "
                f"{shlex.quote(submodule.path)}"
            )


def _switched(store: Store, commit: str, worktree: Path) -> str:
    """Lets a worktree have another commit; returns why it cannot, or an empty text."""
    if worktree.is_symlink() or not worktree.is_dir():
        return "it is no folder"
    if not any(worktree.iterdir()):
        return ""  # what git makes for a submodule
    if not _is_linked(store, worktree):
        return f"it is no worktree of {store.folder}"
    checkout = Store(worktree, store.variables)
    if _sparsity(checkout) != _sparsity(store):
        return f"it is not as sparse as {store.folder}"
    kept = {one.path for one in submodules(store, commit)}
    for submodule in submodules(checkout, "HEAD"):
        # git leaves a submodule that the new commit does not have.
        if submodule.path not in kept:
            _remove(worktree / submodule.path)
    for arguments in (
        ["checkout", "--quiet", "--detach", "--force", commit],
        ["clean", "--quiet", "-ffdx"],
    ):
        done = checkout.run(*arguments)
        if done.returncode:
            return complaint(done)
    return ""


def _is_linked(store: Store, worktree: Path) -> bool:
    """Returns whether a folder is a worktree of a repository, as both of them state."""
    try:
        named = (worktree / ".git").read_text("utf-8").removeprefix("gitdir: ").strip()
        entry = (worktree / named).resolve()
        back = (entry / "gitdir").read_text("utf-8").strip()
    except (OSError, ValueError):
        return False
    # One that git was making when it was killed is locked.
    is_whole = not (entry / "locked").exists()
    own = (worktree / ".git").resolve()
    return (
        is_whole and entry.parent == store.common / "worktrees" and (entry / back).resolve() == own
    )


def _sparsity(store: Store) -> str | None:
    """Returns the patterns of a sparse checkout; None for a whole one."""
    if store.ask("config", "--type=bool", "core.sparseCheckout") != "true":
        return None
    patterns = store.folder / (store.ask("rev-parse", "--git-path", _SPARSE) or _SPARSE)
    with contextlib.suppress(OSError, ValueError):
        return patterns.read_text("utf-8")
    return ""


def _make(store: Store, commit: str, worktree: Path) -> None:
    """Makes a worktree, also where one was that is gone.

    Other worktrees that are missing are not pruned: a person may only have unmounted them.
    """
    force = ("--force", "--force")
    made = store.run("worktree", "add", "--quiet", "--detach", *force, str(worktree), commit)
    if made.returncode:
        raise CodSpeedError(
            f"{commit[:10]} cannot be checked out in {worktree}",
            got=complaint(made),
            expected="a commit whose files are on this machine, or can be fetched",
            fix=_fix(store, commit, worktree, made),
        )


def _fix(store: Store, commit: str, worktree: Path, made: subprocess.CompletedProcess[str]) -> str:
    if "promisor" in made.stderr:
        fetch = f"{store.command} diff --stat HEAD {commit}"
        return f"fetch the files that this partial clone leaves out: {fetch}"
    if "smudge" in made.stderr or "git-lfs" in made.stderr:
        return f"fetch the files that git-lfs keeps: {store.command} lfs fetch origin {commit}"
    return f"see git's message; if {worktree} is in the way, remove it"


def _remove(place: Path) -> None:
    """Removes what is there, if anything is.

    Raises:
      CodSpeedError: it cannot be removed.
    """
    try:
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
        else:
            shutil.rmtree(place)
    except OSError as error:
        raise CodSpeedError(
            f"{place} cannot be made anew",
            got=error,
            expected="a folder that this user may remove",
            fix=f"remove {place}",
        ) from error
