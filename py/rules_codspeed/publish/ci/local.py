"""A run on a developer's machine, as in runner 5.0.2 (spec: upload-environment 6.5)."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    RunEnvironment,
    RunEvent,
    RunPart,
)
from rules_codspeed.publish.ci.git import Checkout, read_checkout, root_path
from rules_codspeed.publish.ci.git_remote import parse_repository_remote
from rules_codspeed.publish.ci.repository import Repository, RepositoryProvider
from rules_codspeed.publish.errors import PublishError

PROJECT_NAME = "local-runs"

_NO_COMMIT = "a" * 40
_JOB = "local-job"
_OFFLINE = Repository(RepositoryProvider.GITHUB, "local", "local")
OFFLINE = (EnvironmentKind.LOCAL.value, _OFFLINE.owner, _OFFLINE.name)
"""Run environment, owner and repository of a local run made without asking CodSpeed."""
_FALL_BACK = "Falling back to an isolated CodSpeed run."


@dataclass(frozen=True, slots=True)
class ResolvedRepository:
    """A repository as CodSpeed spells it, and whether we may create runs of it."""

    owner: str
    name: str
    provider: RepositoryProvider
    has_write_access: bool


class RepositoryResolver(Protocol):
    """Asks CodSpeed for repositories."""

    def overview(
        self, owner: str, name: str, provider: RepositoryProvider
    ) -> ResolvedRepository | None:
        """Returns a repository, or None where CodSpeed does not know it.

        Raises:
          PublishError: CodSpeed cannot be reached, or does not know us.
        """

    def project(self, name: str) -> ResolvedRepository:
        """Returns our project of a name, which belongs to no repository; creates it if needed.

        Raises:
          PublishError: CodSpeed cannot be reached, or does not know us.
        """


@dataclass(frozen=True, slots=True)
class _Target:
    """What a run belongs to: the repository, its commit, its branch."""

    repository: Repository
    commit: str = _NO_COMMIT
    branch: str | None = None


def read_local(
    variables: Mapping[str, str],
    workspace: Path,
    requested: Repository | None,
    resolver: RepositoryResolver | None,
    warn: Callable[[str], None],
    project: str | None = None,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> RunEnvironment:
    """Finds out what a run on a developer's machine belongs to.

    Args:
      variables: the environment, for git.
      workspace: folder in the checkout.
      requested: what `--repository` names.
      resolver: asks CodSpeed; None where nothing is uploaded: the run is of `local/local` then.
      warn: called with the reason why the run does not belong to the checkout's repository.
      project: what `--project` names: the run is to belong to no repository.
      new_id: gives the identity of the run.

    Raises:
      PublishError: the repository cannot be determined or used.
    """
    folder = find_git_root(workspace)
    root = root_path(folder) if folder else None
    if resolver is None:
        target = _offline(root, variables)
    elif project is not None:
        target = _Target(_spelled(resolver.project(project)))
    else:
        checkout = read_checkout(root, variables) if root else None
        target = _resolve(resolver, requested, checkout, warn)
    return RunEnvironment(
        kind=EnvironmentKind.LOCAL,
        provider=target.repository.provider,
        owner=target.repository.owner,
        repository=target.repository.name,
        ref=target.commit,
        head_ref=target.branch,
        base_ref=None,
        event=RunEvent.LOCAL,
        sender=None,
        gh_data=None,
        gl_data=None,
        repository_root_path=root or os.fsencode(workspace).decode("utf-8", "replace"),
        commit_hash=target.commit,
        run_part=RunPart(new_id(), _JOB, _JOB, {}),
        is_fork=False,
        is_private=False,
    )


def _offline(root: str | None, variables: Mapping[str, str]) -> _Target:
    try:
        checkout = read_checkout(root, variables) if root else None
    except PublishError:
        checkout = None
    if checkout is None or checkout.head is None:
        return _Target(_OFFLINE)
    return _at(_OFFLINE, checkout)


def _resolve(
    resolver: RepositoryResolver,
    requested: Repository | None,
    checkout: Checkout | None,
    warn: Callable[[str], None],
) -> _Target:
    if requested:
        return _requested(resolver, requested, checkout)
    if checkout:
        target = _detected(resolver, checkout, warn)
        if target:
            return target
    else:
        warn(
            "Not in a git repository: the run is uploaded to the CodSpeed project "
            f"{PROJECT_NAME}, which belongs to no repository."
        )
    return _Target(_spelled(resolver.project(PROJECT_NAME)))


def _requested(
    resolver: RepositoryResolver, requested: Repository, checkout: Checkout | None
) -> _Target:
    name = f"{requested.owner}/{requested.name}"
    found = resolver.overview(requested.owner, requested.name, requested.provider)
    if not found:
        raise PublishError(
            f"Explicitly requested repository {name} not found on CodSpeed. Is the repository "
            "enabled on CodSpeed?",
            fix="enable it, correct --repository, or leave it out",
        )
    if not found.has_write_access:
        raise PublishError(
            f"You are not authorized to create runs on {found.owner}/{found.name}",
            fix="ask one of its administrators for write access, or leave --repository out",
        )
    return _at(_spelled(found), checkout)


def _detected(
    resolver: RepositoryResolver, checkout: Checkout, warn: Callable[[str], None]
) -> _Target | None:
    """Returns the repository of the remote `origin`, or None where we cannot create runs of it."""
    if checkout.origin is None:
        raise PublishError(
            f"no remote 'origin' in {checkout.root}",
            got="none",
            expected="the address of a repository on GitHub or GitLab",
            fix=(
                "add it with 'git remote add origin ADDRESS', or pass --repository owner/repository"
            ),
        )
    named = parse_repository_remote(checkout.origin)
    found = resolver.overview(named.owner, named.name, named.provider)
    if found and found.has_write_access:
        return _at(_spelled(found), checkout)
    if found:
        warn(
            f"You are not authorized to create runs on {found.owner}/{found.name}: ask one of its "
            f"administrators for write access.\n{_FALL_BACK}"
        )
    else:
        warn(
            f"Repository {named.owner}/{named.name} not found on CodSpeed: see "
            f"https://codspeed.io/docs for how to enable it.\n{_FALL_BACK}"
        )
    return None


def _spelled(found: ResolvedRepository) -> Repository:
    return Repository(found.provider, found.owner, found.name)


def _at(repository: Repository, checkout: Checkout | None) -> _Target:
    if checkout is None:
        return _Target(repository)
    return _Target(repository, checkout.commit(), checkout.branch)
