"""What all steps of publishing share: the environment, runner version, token and addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.auth.secret import Secret
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.ci.repository import Repository


@dataclass(frozen=True, slots=True)
class Session:
    """One command that publishes.

    Attributes:
      variables: the environment.
      workspace: folder of the Bazel workspace.
      kind: the environment that runs the command.
      version: which runner we speak as.
      log: where the command reports what it does.
      token: the static token there is, if any.
      upload_url: where uploads are announced.
      api_url: of the GraphQL API, for local runs.
      repository: what `--repository` names.
      project: name of the project that a local run is to belong to, instead of a repository.
      allow_empty: whether a run without benchmarks is right.
      offline: whether nothing is sent: a dry run.
    """

    variables: Mapping[str, str]
    workspace: Path
    kind: EnvironmentKind
    version: Runner
    log: Logger
    token: Secret | None
    upload_url: str
    api_url: str
    repository: Repository | None = None
    project: str | None = None
    allow_empty: bool = False
    offline: bool = False
