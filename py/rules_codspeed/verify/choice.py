"""Which target is verified: chosen at random, but the same for the same commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from rules_codspeed.checkout.repository import GitError, find_repository
from rules_codspeed.contract.errors import CodSpeedError


def chosen(labels: Sequence[str], seed: str) -> str:
    """Returns one of the labels; a label that is added or removed seldom changes which one.

    Args:
      labels: one or more.
      seed: equal seeds choose equally.
    """
    return min(labels, key=lambda label: hashlib.sha256(f"{seed}\0{label}".encode()).digest())


def commit(workspace: Path, variables: Mapping[str, str]) -> str:
    """Returns the hash of the commit that is checked out.

    Raises:
      CodSpeedError: there is none.
    """
    got = f"no commit in {workspace}"
    try:
        repository = find_repository(workspace, variables)
        found = repository.ask("rev-parse", "--verify", "HEAD") if repository else None
    except GitError as error:
        found, got = None, error.got
    if not found:
        raise CodSpeedError(
            "no commit to choose a target by",
            got=got,
            expected="a checkout with a commit, or a seed",
            fix="pass --seed=TEXT, for example the number of the CI job",
        )
    return found
