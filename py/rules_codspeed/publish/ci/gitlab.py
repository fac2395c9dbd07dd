"""GitLab CI: spec/upload.md 6.2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules_codspeed.publish.ci.environment import (
    EnvironmentKind,
    JobRun,
    RunEnvironment,
    RunEvent,
    RunPart,
    Sender,
    optional,
    required,
    unsupported_event,
)
from rules_codspeed.publish.ci.git import read_checkout
from rules_codspeed.publish.ci.repository import RepositoryProvider

_EVENTS = {
    "push": RunEvent.PUSH,
    "schedule": RunEvent.SCHEDULE,
    "trigger": RunEvent.WORKFLOW_DISPATCH,
    "web": RunEvent.WORKFLOW_DISPATCH,
    "api": RunEvent.WORKFLOW_DISPATCH,
}


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """What a pipeline is for, in GitHub's words."""

    event: RunEvent
    ref: str
    base_ref: str
    head_ref: str | None = None
    is_fork: bool = False


def read_gitlab(variables: Mapping[str, str]) -> RunEnvironment:
    """Reads the environment of a job of GitLab CI.

    Raises:
      PublishError: a variable is missing, the pipeline's source is unknown, or the checkout
        has no commit.
    """
    owner = required(variables, "CI_PROJECT_NAMESPACE")
    repository = required(variables, "CI_PROJECT_NAME")
    pipeline = _pipeline(variables)
    # The number of the job, not of the pipeline: each job is a run of its own.
    job = JobRun(required(variables, "CI_JOB_ID"), required(variables, "CI_JOB_NAME"))
    sender = Sender(required(variables, "GITLAB_USER_ID"), required(variables, "GITLAB_USER_LOGIN"))
    root = required(variables, "CI_PROJECT_DIR")
    return RunEnvironment(
        kind=EnvironmentKind.GITLAB_CI,
        provider=RepositoryProvider.GITLAB,
        owner=owner,
        repository=repository,
        ref=pipeline.ref,
        head_ref=pipeline.head_ref,
        base_ref=pipeline.base_ref,
        event=pipeline.event,
        sender=sender,
        gh_data=None,
        gl_data=job,
        repository_root_path=root,
        commit_hash=read_checkout(root, variables).commit(),
        run_part=RunPart(job.run_id, job.job, job.job, {}),
        is_fork=pipeline.is_fork,
        is_private=False,
    )


def _pipeline(variables: Mapping[str, str]) -> _Pipeline:
    source = required(variables, "CI_PIPELINE_SOURCE")
    branch = required(variables, "CI_COMMIT_REF_NAME")
    if source == "merge_request_event":
        return _merge_request(variables)
    if source not in _EVENTS:
        raise unsupported_event(source)
    tag = optional(variables, "CI_COMMIT_TAG")
    ref = f"refs/heads/{branch}" if tag is None else f"refs/tags/{tag}"
    return _Pipeline(_EVENTS[source], ref, base_ref=branch)


def _merge_request(variables: Mapping[str, str]) -> _Pipeline:
    number = required(variables, "CI_MERGE_REQUEST_IID")
    target = required(variables, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    branch = required(variables, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME")
    project = required(variables, "CI_PROJECT_PATH")
    source = required(variables, "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH")
    is_fork = project != source
    return _Pipeline(
        RunEvent.PULL_REQUEST,
        f"refs/pull/{number}/merge",
        base_ref=target,
        head_ref=f"{source.partition('/')[0]}:{branch}" if is_fork else branch,
        is_fork=is_fork,
    )
