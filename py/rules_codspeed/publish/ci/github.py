"""GitHub Actions (spec: upload-environment 6.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    JobRun,
    RunEnvironment,
    RunEvent,
    Sender,
    optional,
    required,
    unsupported_event,
)
from rules_codspeed.publish.ci.git import read_checkout, root_path
from rules_codspeed.publish.ci.github_event import PullRequest, read_event
from rules_codspeed.publish.ci.provider import AUTHENTICATION_PAGE, Job, Provider
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.ci.run_part import matrix_run_part
from rules_codspeed.publish.errors import PublishError

EVENTS = ("push", "pull_request", "schedule", "workflow_dispatch")
"""The events of GitHub that CodSpeed knows (spec: upload-environment 6.1)."""

_PULL_REQUEST = re.compile(r"refs/pull/\d+/merge")
_ADVICE = """
Make sure git is installed, and that `actions/checkout` used git to fetch the repository
If necessary, install git before running `actions/checkout`.
If you run into permission issues when running in Docker, you may need to also run \
`git config --global --add safe.directory $GITHUB_WORKSPACE` """


def read_github(step: Job) -> RunEnvironment:
    """Reads the environment of a step of GitHub Actions.

    Raises:
      PublishError: a variable is missing, the event is unknown, its file is damaged, or the
        checkout has no commit.
    """
    variables = step.variables
    owner, repository = _owner_and_repository(required(variables, "GITHUB_REPOSITORY"))
    ref = required(variables, "GITHUB_REF")
    event_file = Path(required(variables, "GITHUB_EVENT_PATH"))
    event = read_event(event_file, is_pull_request=bool(_PULL_REQUEST.fullmatch(ref)))
    job = JobRun(required(variables, "GITHUB_RUN_ID"), required(variables, "GITHUB_JOB"))
    root = _root(variables, step.workspace, repository)
    return RunEnvironment(
        kind=EnvironmentKind.GITHUB_ACTIONS,
        provider=RepositoryProvider.GITHUB,
        owner=owner,
        repository=repository,
        ref=ref,
        head_ref=_head_ref(event.pull_request) if event.pull_request else None,
        base_ref=optional(variables, "GITHUB_BASE_REF"),
        event=_event(variables),
        sender=Sender(required(variables, "GITHUB_ACTOR_ID"), required(variables, "GITHUB_ACTOR")),
        gh_data=job,
        gl_data=None,
        repository_root_path=root,
        commit_hash=read_checkout(root, variables, _ADVICE).commit(),
        run_part=matrix_run_part(
            job, optional(variables, "GH_MATRIX"), optional(variables, "GH_STRATEGY"), step.version
        ),
        is_fork=bool(event.pull_request and event.pull_request.fork_owner is not None),
        is_private=event.is_private,
    )


def _owner_and_repository(text: str) -> tuple[str, str]:
    parts = text.split("/")
    if len(parts) < 2:
        raise PublishError(
            "no repository in GITHUB_REPOSITORY",
            got=repr(text),
            expected="owner/repository",
            fix="leave the variable as GitHub sets it",
        )
    return parts[0], parts[1]


def _event(variables: Mapping[str, str]) -> RunEvent:
    name = required(variables, "GITHUB_EVENT_NAME")
    if name not in EVENTS:
        raise unsupported_event(name, EVENTS, f"if: github.event_name != '{name}'")
    return RunEvent(name)


def _head_ref(pull_request: PullRequest) -> str:
    if pull_request.fork_owner is None:
        return pull_request.head_ref
    return f"{pull_request.fork_owner}:{pull_request.head_ref}"


def _root(variables: Mapping[str, str], workspace: Path, repository: str) -> str:
    root = find_git_root(workspace)
    if root:
        return root_path(root)
    default = f"/home/runner/work/{repository}/{repository}"
    folder = optional(variables, "GITHUB_WORKSPACE")
    return f"{default if folder is None else folder}/"


class GithubDialect:
    """Workflow commands of GitHub Actions, one line each."""

    always = True

    _PREFIXES: ClassVar[Mapping[str, str]] = {
        "ERROR": "::error::",
        "WARN": "::warning::",
        "INFO": "",
        "DEBUG": "::debug::",
        "TRACE": "::debug::[TRACE]",
    }

    def message(self, level: str, text: str) -> str:
        """Returns a message."""
        return f"{self._PREFIXES[level]}{self._one_line(text)}\n"

    def announcement(self, text: str) -> str:
        """Returns a notice."""
        return f"::notice title=New CodSpeed Feature::{self._one_line(text)}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the same for both: there are no unfolded groups."""
        return f"::group::{self._one_line(name)}\n"

    def group_end(self, name: str) -> str:
        """Returns the command."""
        return "::endgroup::\n"

    @staticmethod
    def _one_line(text: str) -> str:
        """Escapes newlines, except those at the end."""
        body = text.rstrip("\n")
        return body.replace("\n", "%0A") + text[len(body) :]


GITHUB = Provider(
    kind=EnvironmentKind.GITHUB_ACTIONS,
    read=read_github,
    dialect=lambda clock: GithubDialect(),
    unauthorized="Check that the workflow is correctly authenticated. View more at "
    + AUTHENTICATION_PAGE.format("github-actions"),
    wants_details=lambda variables: variables.get("RUNNER_DEBUG") == "1",
)
