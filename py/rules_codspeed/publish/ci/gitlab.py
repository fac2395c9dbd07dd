"""GitLab CI (spec: upload-environment 6.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
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
from rules_codspeed.publish.ci.log_dialects import RESET, coloured
from rules_codspeed.publish.ci.provider import AUTHENTICATION_PAGE, Job, Provider
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError

_ERASE_LINE = "\x1b[0K"
EVENTS = {
    "push": RunEvent.PUSH,
    "schedule": RunEvent.SCHEDULE,
    "trigger": RunEvent.WORKFLOW_DISPATCH,
    "web": RunEvent.WORKFLOW_DISPATCH,
    "api": RunEvent.WORKFLOW_DISPATCH,
}
"""By source of a pipeline, what CodSpeed calls it; merge requests are treated apart."""
MERGE_REQUEST = "merge_request_event"
MERGE_TRAIN = "merge_train"
"""A type of merge request that is not published."""


@dataclass(frozen=True, slots=True)
class _Pipeline:
    """What a pipeline is for, in GitHub's words."""

    event: RunEvent
    ref: str
    base_ref: str
    head_ref: str | None = None
    is_fork: bool = False


def read_gitlab(step: Job) -> RunEnvironment:
    """Reads the environment of a job of GitLab CI.

    Raises:
      PublishError: a variable is missing, the pipeline's source is unknown, or the checkout
        has no commit.
    """
    variables = step.variables
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
    if source == MERGE_REQUEST:
        return _merge_request(variables)
    if source not in EVENTS:
        raise _unsupported(source, f'$CI_PIPELINE_SOURCE == "{source}"')
    tag = optional(variables, "CI_COMMIT_TAG")
    ref = f"refs/heads/{branch}" if tag is None else f"refs/tags/{tag}"
    return _Pipeline(EVENTS[source], ref, base_ref=branch)


def _unsupported(name: str, is_it: str) -> PublishError:
    condition = f"rules: [{{if: '{is_it}', when: never}}, {{when: on_success}}]"
    return unsupported_event(name, [*EVENTS, MERGE_REQUEST], condition)


def _merge_request(variables: Mapping[str, str]) -> _Pipeline:
    # Its commit has the changes of the merge requests before it, too.
    if optional(variables, "CI_MERGE_REQUEST_EVENT_TYPE") == MERGE_TRAIN:
        raise _unsupported(MERGE_TRAIN, f'$CI_MERGE_REQUEST_EVENT_TYPE == "{MERGE_TRAIN}"')
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


class GitlabDialect:
    """Collapsible sections and colours of GitLab CI."""

    always = True

    _COLOURS: ClassVar[Mapping[str, int]] = {"ERROR": 31, "WARN": 33, "DEBUG": 36, "TRACE": 35}
    _GREEN = 32

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def message(self, level: str, text: str) -> str:
        """Returns a message in the colour of its level."""
        colour = self._COLOURS.get(level)
        return f"{coloured(text, colour) if colour else text}\n"

    def announcement(self, text: str) -> str:
        """Returns a green message."""
        return f"{coloured(text, self._GREEN)}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the start of a section."""
        return f"{self._marker('start', name)}\x1b[36;1m{name}{RESET}\n"

    def group_end(self, name: str) -> str:
        """Returns the end of a section."""
        return f"{self._marker('end', name)}\n"

    def _marker(self, kind: str, name: str) -> str:
        section = re.sub("[^0-9A-Za-z_-]", "_", name).lower()
        return f"{_ERASE_LINE}section_{kind}:{int(self._clock())}:{section}\r{_ERASE_LINE}"


GITLAB = Provider(
    kind=EnvironmentKind.GITLAB_CI,
    read=read_gitlab,
    dialect=GitlabDialect,
    unauthorized="Check that the CI job is correctly authenticated. View more at "
    + AUTHENTICATION_PAGE.format("gitlab-ci"),
)
