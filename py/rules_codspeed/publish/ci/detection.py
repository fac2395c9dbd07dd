"""Finds out where the publisher runs (spec: upload-environment 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from rules_codspeed.contract.run_environments import CIS, EnvironmentKind
from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.ci.environment import RunEnvironment
from rules_codspeed.publish.ci.local import RepositoryResolver, read_local
from rules_codspeed.publish.ci.provider import Job
from rules_codspeed.publish.ci.providers import PROVIDERS
from rules_codspeed.publish.ci.repository import Repository
from rules_codspeed.publish.errors import PublishError


def detect_kind(variables: Mapping[str, str]) -> EnvironmentKind:
    """Returns which CI, or a person, runs the publisher."""
    kinds = (ci.kind for ci in CIS if variables.get(ci.variable) == "true")
    return next(kinds, EnvironmentKind.LOCAL)


def detect(
    variables: Mapping[str, str],
    workspace: Path,
    version: Runner,
    *,
    requested: Repository | None,
    has_token: bool,
    resolver: RepositoryResolver | None,
    warn: Callable[[str], None],
    project: str | None = None,
) -> RunEnvironment:
    """Reads where the publisher runs and what it publishes.

    Args:
      variables: the environment.
      workspace: folder in the checkout: BUILD_WORKSPACE_DIRECTORY.
      version: which runner we speak as.
      requested: what `--repository` names; not for a CI.
      has_token: whether there is a token, which Buildkite needs.
      resolver: asks CodSpeed for the repository of a local run; None: nothing is uploaded.
      warn: called with the reason why a local run does not belong to the checkout's repository.
      project: what `--project` names; not for a CI.

    Raises:
      PublishError: the run cannot be published from here.
    """
    kind = detect_kind(variables)
    if kind is EnvironmentKind.LOCAL:
        return read_local(variables, workspace, requested, resolver, warn, project)
    provider = next(ci.name for ci in CIS if ci.kind is kind)
    if project is not None:
        raise PublishError(
            "--project is for local runs",
            got=f"--project {project} on {provider}",
            expected="the CI's repository",
            fix="leave it out",
        )
    if requested:
        raise PublishError(
            f"Specifying owner and repository from CLI is not supported for {provider}",
            fix="leave --repository and CODSPEED_REPOSITORY out",
        )
    return PROVIDERS[kind].read(Job(variables, workspace, version, has_token))
