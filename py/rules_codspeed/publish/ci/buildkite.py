"""Buildkite (spec: upload-environment 6.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    RunEnvironment,
    RunEvent,
    required,
)
from rules_codspeed.publish.ci.git import read_checkout, root_path
from rules_codspeed.publish.ci.git_remote import parse_git_remote
from rules_codspeed.publish.ci.provider import Job, Provider
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError

# What Rust reads as an unsigned number.
_NUMBER = re.compile(r"\+?0*([0-9]{1,20})")


def read_buildkite(job: Job) -> RunEnvironment:
    """Reads the environment of a step of Buildkite, which cannot publish without a token.

    Raises:
      PublishError: there is no token, a variable is missing, the repository is not on GitHub,
        or the checkout has no commit.
    """
    variables = job.variables
    if not job.has_token:
        raise PublishError(
            "Token authentication is required for Buildkite",
            fix="set the secret CODSPEED_TOKEN for this step",
        )
    number = _pull_request(required(variables, "BUILDKITE_PULL_REQUEST"))
    remote = parse_git_remote(required(variables, "BUILDKITE_REPO"))
    if remote.domain != "github.com":
        raise PublishError(
            "Only GitHub repositories are supported by CodSpeed BuildKite integration for now.",
            fix="skip publishing in this pipeline with --skip-upload",
        )
    root = _root(variables, job.workspace)
    branch = required(variables, "BUILDKITE_BRANCH")
    is_pr = number is not None
    return RunEnvironment(
        kind=EnvironmentKind.BUILDKITE,
        provider=RepositoryProvider.GITHUB,
        owner=remote.owner,
        repository=remote.repository,
        ref=f"refs/pull/{number}/merge" if is_pr else f"refs/heads/{branch}",
        head_ref=branch if is_pr else None,
        base_ref=required(variables, "BUILDKITE_PULL_REQUEST_BASE_BRANCH") if is_pr else None,
        event=RunEvent.PULL_REQUEST if is_pr else RunEvent.PUSH,
        sender=None,
        gh_data=None,
        gl_data=None,
        repository_root_path=root,
        commit_hash=read_checkout(root, variables).commit(),
        run_part=None,
        is_fork=False,
        is_private=False,
    )


def _pull_request(text: str) -> int | None:
    """Returns the number of a pull request; other texts, such as `false`, mean none."""
    match = _NUMBER.fullmatch(text)
    number = int(match[1]) if match else None
    return number if number is not None and number < 2**64 else None


def _root(variables: Mapping[str, str], workspace: Path) -> str:
    root = find_git_root(workspace)
    if root:
        return root_path(root)
    agent = required(variables, "BUILDKITE_AGENT_NAME")
    organization = required(variables, "BUILDKITE_ORGANIZATION_SLUG")
    pipeline = required(variables, "BUILDKITE_PIPELINE_SLUG")
    return f"/buildkite/builds/{agent}/{organization}/{pipeline}/"


class BuildkiteDialect:
    """Groups of Buildkite, which has no levels."""

    always = True

    def message(self, level: str, text: str) -> str:
        """Returns a message with its level."""
        return f"{text}\n" if level == "INFO" else f"[{level}] {text}\n"

    def announcement(self, text: str) -> str:
        """Returns a message that is marked as an announcement."""
        return f"[ANNOUNCEMENT] {text}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the heading."""
        return f"{'+++' if opened else '---'} {name}\n"

    def group_end(self, name: str) -> str:
        """Returns nothing: a group ends where the next starts."""
        return ""


BUILDKITE = Provider(
    kind=EnvironmentKind.BUILDKITE,
    read=read_buildkite,
    dialect=lambda clock: BuildkiteDialect(),
    unauthorized="Check that CODSPEED_TOKEN is set and has the correct value",
    has_parts=False,
)
