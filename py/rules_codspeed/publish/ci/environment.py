"""Where a publisher runs, and what run metadata takes from it (spec: upload-environment 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.compact_json import JsonValue
from rules_codspeed.publish.errors import PublishError


class RunEvent(str, Enum):
    """What started the run, as `event` of the run metadata."""

    PUSH = "push"
    PULL_REQUEST = "pull_request"
    WORKFLOW_DISPATCH = "workflow_dispatch"
    SCHEDULE = "schedule"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who started the run: number and name of the account."""

    id: str
    login: str


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job of a CI: the number of its run, and its name."""

    run_id: str
    job: str


@dataclass(frozen=True, slots=True)
class RunPart:
    """One of the uploads that make up a run (spec: upload 4.3).

    Attributes:
      run_id: identity of the run where it runs.
      run_part_id: identity of the part within its run.
      job_name: name of the CI job, which several parts may share.
      metadata: what distinguishes the parts, in any order.
    """

    run_id: str
    run_part_id: str
    job_name: str
    metadata: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class RunEnvironment:
    """What the run metadata takes from where the publisher runs.

    Attributes:
      kind: the environment that runs the publisher.
      provider: the host of the repository.
      owner: owner of the repository that the run belongs to.
      repository: name of that repository, without the owner.
      ref: git reference that is measured, or the commit of a local run.
      head_ref: branch of a pull request, after `<owner>:` if it is in a fork.
      base_ref: branch that a pull request is for; empty on other events of GitHub.
      event: what started the run.
      sender: who started the run.
      gh_data: job of GitHub Actions.
      gl_data: job of GitLab CI.
      repository_root_path: folder of the checkout, with or without a slash at its end.
      commit_hash: commit that is checked out.
      run_part: the part before its suffix; None where a run has one upload.
      is_fork: whether it is a pull request from a fork.
      is_private: whether the repository is known to be private.
    """

    kind: EnvironmentKind
    provider: RepositoryProvider
    owner: str
    repository: str
    ref: str
    head_ref: str | None
    base_ref: str | None
    event: RunEvent
    sender: Sender | None
    gh_data: JobRun | None
    gl_data: JobRun | None
    repository_root_path: str
    commit_hash: str
    run_part: RunPart | None
    is_fork: bool
    is_private: bool


def required(variables: Mapping[str, str], name: str) -> str:
    """Returns the value of an environment variable, which may be empty.

    Raises:
      PublishError: it is not set.
    """
    value = optional(variables, name)
    if value is None:
        raise PublishError(
            f"{name} environment variable not found",
            fix="pass the variables of the CI on to this command, as the CI sets them",
        )
    return value


def optional(variables: Mapping[str, str], name: str) -> str | None:
    """Returns the value of an environment variable, or None where it is not set or not UTF-8."""
    value = variables.get(name)
    # Python decodes other bytes to lone surrogates, which no JSON can hold.
    return None if value is None or any("\ud800" <= c <= "\udfff" for c in value) else value


def unsupported_event(name: str, supported: Iterable[str], condition: str) -> PublishError:
    """Returns the error of an event that CodSpeed does not know.

    Args:
      name: of the event.
      supported: the events that it knows, as the CI names them.
      condition: what leaves a job out of such an event, in the syntax of the CI.
    """
    return PublishError(
        f"Event {name} is not supported by CodSpeed",
        expected=", ".join(supported),
        fix=f"leave the job out by `{condition}`, or measure without publishing: set the variable "
        "CODSPEED_SKIP_UPLOAD=true, or pass -- --skip-upload",
    )
