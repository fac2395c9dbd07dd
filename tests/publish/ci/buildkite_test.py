"""Buildkite, from recorded environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.buildkite import read_buildkite
from rules_codspeed.publish.ci.environment import RunEnvironment, RunEvent
from rules_codspeed.publish.ci.provider import Job
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import DEFAULT
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import load_environment


class Step:
    """A step of Buildkite in a checkout of one commit."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.checkout = scratch / "widgets"
        self.workspace = self.checkout
        self.head = make_checkout(self.checkout)

    def read(self, name: str, **changes: str | None) -> RunEnvironment:
        recorded = load_environment(name, self.scratch, self.checkout)
        variables = {**GIT_VARIABLES, **recorded, **changes}
        given = {name: value for name, value in variables.items() if value is not None}
        return read_buildkite(Job(given, self.workspace, DEFAULT, has_token=True))


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def test_push(step: Step) -> None:
    assert step.read("buildkite_push") == RunEnvironment(
        kind=EnvironmentKind.BUILDKITE,
        provider=RepositoryProvider.GITHUB,
        owner="acme",
        repository="widgets",
        ref="refs/heads/main",
        head_ref=None,
        base_ref=None,
        event=RunEvent.PUSH,
        sender=None,
        gh_data=None,
        gl_data=None,
        repository_root_path=f"{step.checkout}/",
        commit_hash=step.head,
        run_part=None,
        is_fork=False,
        is_private=False,
    )


def test_pull_request(step: Step) -> None:
    read = step.read("buildkite_pull_request")
    assert (read.ref, read.head_ref, read.base_ref, read.event) == (
        "refs/pull/42/merge",
        "feature/speedup",
        "main",
        RunEvent.PULL_REQUEST,
    )


@pytest.mark.parametrize(
    ("value", "ref"),
    [
        ("0", "refs/pull/0/merge"),
        ("007", "refs/pull/7/merge"),
        ("+7", "refs/pull/7/merge"),
        ("18446744073709551615", "refs/pull/18446744073709551615/merge"),
        ("18446744073709551616", "refs/heads/main"),
        ("0" * 10_000, "refs/pull/0/merge"),
        ("9" * 10_000, "refs/heads/main"),
        ("-1", "refs/heads/main"),
        (" 7", "refs/heads/main"),
        ("1_0", "refs/heads/main"),
        ("٣", "refs/heads/main"),
        ("", "refs/heads/main"),
        ("false", "refs/heads/main"),
    ],
)
def test_number_of_a_pull_request(step: Step, value: str, ref: str) -> None:
    assert step.read("buildkite_push", BUILDKITE_PULL_REQUEST=value).ref == ref


def test_token_is_asked_for_first(step: Step) -> None:
    with pytest.raises(PublishError) as caught:
        read_buildkite(Job({}, step.workspace, DEFAULT, has_token=False))
    assert caught.value.what == "Token authentication is required for Buildkite"


def test_other_hosts(step: Step) -> None:
    with pytest.raises(PublishError) as caught:
        step.read("buildkite_push", BUILDKITE_REPO="git@gitlab.com:acme/widgets.git")
    assert caught.value.what == (
        "Only GitHub repositories are supported by CodSpeed BuildKite integration for now."
    )


@pytest.mark.parametrize(
    "name",
    [
        "BUILDKITE_PULL_REQUEST",
        "BUILDKITE_REPO",
        "BUILDKITE_BRANCH",
        "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    ],
)
def test_missing_variable(step: Step, name: str) -> None:
    with pytest.raises(PublishError) as caught:
        step.read("buildkite_pull_request", **{name: None})
    assert caught.value.what == f"{name} environment variable not found"


def test_base_branch_is_for_pull_requests(step: Step) -> None:
    read = step.read("buildkite_push", BUILDKITE_PULL_REQUEST_BASE_BRANCH=None)
    assert read.base_ref is None


def test_root_without_git_is_that_of_the_agent(step: Step) -> None:
    step.workspace = Path("/")
    path = "/buildkite/builds/agent-1/acme/widgets-pipeline/"
    with pytest.raises(PublishError, match=f"Failed to open repository at path: {path}\n"):
        step.read("buildkite_push")
    for name in (
        "BUILDKITE_AGENT_NAME",
        "BUILDKITE_ORGANIZATION_SLUG",
        "BUILDKITE_PIPELINE_SLUG",
    ):
        with pytest.raises(PublishError, match=f"^{name} environment variable not found[.] Fix: "):
            step.read("buildkite_push", **{name: None})
