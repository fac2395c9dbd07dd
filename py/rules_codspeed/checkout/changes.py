"""What differs between a checkout and its commit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from rules_codspeed.checkout.repository import Repository

_LOCK_FILE = "MODULE.bazel.lock"
_EXECROOT = "/execroot/"
_UNTRACKED = "??"
_SKIPPED = "S"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a checkout and its commit.

    Attributes:
      tracked: whether files that git tracks do, submodules and files that it was told not to look
        at included.
      untracked: paths of what git does not track and does not ignore, relative to the root: a
        `glob` may take such files. Without what Bazel itself makes.
    """

    tracked: bool
    untracked: tuple[str, ...]


def read_changes(repository: Repository) -> Changes:
    """Compares the checkout with its commit.

    Raises:
      GitError: git refuses to read the checkout.
    """
    # Without renames: to find them, a partial clone would have to fetch files.
    process = repository.run(
        *("status", "--porcelain", "-z", "--no-renames"),
        *("--untracked-files=normal", "--ignore-submodules=none"),
    )
    if process.returncode:
        raise repository.refused(process)
    entries = [(entry[:2], entry[3:]) for entry in process.stdout.split("\0") if entry]
    tracked = any(state != _UNTRACKED for state, _ in entries)
    untracked = [path for state, path in entries if state == _UNTRACKED]
    return Changes(
        tracked or any(_hidden_changes(repository)),
        tuple(path for path in untracked if not _is_bazels(repository, path)),
    )


def _is_bazels(repository: Repository, path: str) -> bool:
    """Returns whether Bazel made something: a link to its outputs, or the file of versions."""
    if path == f"{repository.inside}{_LOCK_FILE}":
        return True
    place = repository.root / path
    return place.is_symlink() and _EXECROOT in os.readlink(place)


def _hidden_changes(repository: Repository) -> Iterator[str]:
    """Yields files that differ although git was told to take them for unchanged."""
    listed = repository.ask("ls-files", "-z", "-v", "--stage") or ""
    sparse = repository.ask("config", "--type=bool", "core.sparseCheckout") == "true"
    for entry in filter(None, listed.split("\0")):
        facts, _, path = entry.partition("\t")
        tag, _, blob, _ = facts.split(" ")
        # In a sparse checkout, what is skipped is not there.
        hidden = not sparse if tag.upper() == _SKIPPED else tag.islower()
        if hidden and repository.ask("hash-object", "--", path) != blob:
            yield path
