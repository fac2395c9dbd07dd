"""GitHub Actions, from recorded environments."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    JobRun,
    RunEnvironment,
    RunEvent,
    RunPart,
    Sender,
)
from rules_codspeed.publish.ci.github import read_github
from rules_codspeed.publish.ci.provider import Job
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import DEFAULT, parse_runner_version
from tests.contract.owners import give_away
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import load_environment


class Step:
    """A step of GitHub Actions in a checkout of one commit."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.checkout = scratch / "widgets"
        self.workspace = self.checkout
        self.head = make_checkout(self.checkout)

    def variables(self, name: str, **changes: str | None) -> dict[str, str]:
        """Returns recorded variables; None takes one away."""
        variables: dict[str, str | None] = {
            **GIT_VARIABLES,
            **load_environment(name, self.scratch, self.checkout),
            **changes,
        }
        return {name: value for name, value in variables.items() if value is not None}

    def read(self, name: str, **changes: str | None) -> RunEnvironment:
        variables = self.variables(name, **changes)
        return read_github(Job(variables, self.workspace, DEFAULT, has_token=True))


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def test_push(step: Step) -> None:
    assert step.read("github_push") == RunEnvironment(
        kind=EnvironmentKind.GITHUB_ACTIONS,
        provider=RepositoryProvider.GITHUB,
        owner="acme",
        repository="widgets",
        ref="refs/heads/main",
        head_ref=None,
        base_ref="",
        event=RunEvent.PUSH,
        sender=Sender("1001", "octo-dev"),
        gh_data=JobRun("9876543212", "bench"),
        gl_data=None,
        repository_root_path=f"{step.checkout}/",
        commit_hash=step.head,
        run_part=RunPart("9876543212", "bench", "bench", {}),
        is_fork=False,
        is_private=False,
    )


def test_base_ref_is_null_only_where_it_is_unset(step: Step) -> None:
    assert step.read("github_push", GITHUB_BASE_REF=None).base_ref is None


def test_pull_request(step: Step) -> None:
    read = step.read("github_pull_request")
    assert (read.ref, read.head_ref, read.base_ref, read.event, read.is_fork) == (
        "refs/pull/42/merge",
        "feature/speedup",
        "main",
        RunEvent.PULL_REQUEST,
        False,
    )


def test_pull_request_from_a_fork(step: Step) -> None:
    read = step.read("github_fork_pull_request")
    assert (read.ref, read.head_ref, read.base_ref, read.owner, read.sender, read.is_fork) == (
        "refs/pull/43/merge",
        "forker:fix-é",
        "main",
        "acme",
        Sender("1002", "forker"),
        True,
    )


def test_matrix(step: Step) -> None:
    assert step.read("github_matrix").run_part == RunPart(
        "9876543210",
        'bench-{"python":"3.12","shard":1}-{"job-total":2,"job-index":1}',
        "bench",
        {"job-index": 1, "job-total": 2, "python": "3.12", "shard": 1},
    )


def test_numbers_of_a_matrix_are_those_of_the_runner_that_we_speak_as(step: Step) -> None:
    variables = step.variables("github_matrix", GH_MATRIX='{"n":1e16}', GH_STRATEGY="{}")
    ids = [
        read_github(
            Job(variables, step.workspace, parse_runner_version(version), has_token=True)
        ).run_part
        for version in ("4.11.0", "5.0.2")
    ]
    assert [one and one.run_part_id for one in ids] == [
        'bench-{"n":1e16}-{}',
        'bench-{"n":1e+16}-{}',
    ]


def test_workflow_dispatch_of_a_private_repository(step: Step) -> None:
    read = step.read("github_workflow_dispatch")
    assert (read.event, read.head_ref, read.is_private) == (
        RunEvent.WORKFLOW_DISPATCH,
        None,
        True,
    )


def test_schedule(step: Step) -> None:
    assert step.read("github_schedule").event == RunEvent.SCHEDULE


def test_ref_decides_what_is_a_pull_request(step: Step) -> None:
    push = step.read("github_pull_request", GITHUB_REF="refs/heads/main")
    assert (push.head_ref, push.event) == (None, RunEvent.PULL_REQUEST)
    merge = step.read("github_pull_request", GITHUB_EVENT_NAME="push")
    assert (merge.head_ref, merge.event) == ("feature/speedup", RunEvent.PUSH)
    assert step.read("github_push", GITHUB_REF="refs/pull/42/merge\n").head_ref is None


@pytest.mark.parametrize("name", ["pull_request_target", "merge_group", "release", ""])
def test_unsupported_event(step: Step, name: str) -> None:
    with pytest.raises(PublishError) as caught:
        step.read("github_push", GITHUB_EVENT_NAME=name)
    assert caught.value.what == f"Event {name} is not supported by CodSpeed"
    assert caught.value.expected == "push, pull_request, schedule, workflow_dispatch"
    assert f"`if: github.event_name != '{name}'`" in caught.value.fix
    assert "CODSPEED_SKIP_UPLOAD=true" in caught.value.fix


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_REPOSITORY",
        "GITHUB_EVENT_PATH",
        "GITHUB_REF",
        "GITHUB_EVENT_NAME",
        "GITHUB_JOB",
        "GITHUB_RUN_ID",
        "GITHUB_ACTOR",
        "GITHUB_ACTOR_ID",
    ],
)
def test_missing_variable(step: Step, name: str) -> None:
    with pytest.raises(PublishError) as caught:
        step.read("github_push", **{name: None})
    assert caught.value.what == f"{name} environment variable not found"


@pytest.mark.parametrize(
    "name",
    ["GITHUB_SHA", "GITHUB_HEAD_REF", "GITHUB_RUN_ATTEMPT", "GITHUB_RUN_NUMBER", "GITHUB_WORKFLOW"],
)
def test_unused_variable(step: Step, name: str) -> None:
    assert step.read("github_pull_request", **{name: None}) == step.read("github_pull_request")


def test_repository_without_an_owner(step: Step) -> None:
    with pytest.raises(PublishError, match=r"GITHUB_REPOSITORY\. Got: 'widgets'"):
        step.read("github_push", GITHUB_REPOSITORY="widgets")


def test_workspace_in_a_sub_folder(step: Step) -> None:
    step.workspace = step.checkout / "sub" / "folder"
    step.workspace.mkdir(parents=True)
    assert step.read("github_push").repository_root_path == f"{step.checkout}/"


def test_root_without_git_is_that_of_the_checkout_action(step: Step) -> None:
    step.workspace = Path("/")
    # HEAD is read at exactly this folder.
    read = step.read("github_push")
    assert (read.repository_root_path, read.commit_hash) == (f"{step.checkout}/", step.head)
    with pytest.raises(PublishError, match="at path: /home/runner/work/widgets/widgets/\n"):
        step.read("github_push", GITHUB_WORKSPACE=None)


def advice(path: Path) -> str:
    return (
        f"Failed to open repository at path: {path}/\n"
        "Make sure git is installed, and that `actions/checkout` used git to fetch the "
        "repository\n"
        "If necessary, install git before running `actions/checkout`.\n"
        "If you run into permission issues when running in Docker, you may need to also run "
        "`git config --global --add safe.directory $GITHUB_WORKSPACE` "
    )


def test_absent_checkout(step: Step) -> None:
    step.workspace = Path("/")
    with pytest.raises(PublishError) as caught:
        step.read("github_push", GITHUB_WORKSPACE=str(step.scratch / "gone"))
    assert str(caught.value).startswith(advice(step.scratch / "gone") + "\ngit says: ")


def test_checkout_of_another_user(step: Step) -> None:
    give_away(step.checkout)
    with pytest.raises(PublishError) as caught:
        step.read("github_push")
    assert str(caught.value).startswith(advice(step.checkout) + "\ngit says: ")


def test_checkout_without_a_commit(step: Step) -> None:
    step.workspace = step.scratch / "empty"
    make_checkout(step.workspace, commits=0)
    with pytest.raises(PublishError, match="Failed to get HEAD commit"):
        step.read("github_push")


def test_head_of_the_checkout_rather_than_the_commit_of_the_event(step: Step) -> None:
    read = step.read("github_push", GITHUB_SHA="f" * 40)
    assert read.commit_hash == step.head
    assert dataclasses.replace(read, commit_hash="") == dataclasses.replace(
        step.read("github_push", GITHUB_SHA=None), commit_hash=""
    )
