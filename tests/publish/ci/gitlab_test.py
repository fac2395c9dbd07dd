"""GitLab CI, from recorded environments."""

from __future__ import annotations

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
from rules_codspeed.publish.ci.gitlab import read_gitlab
from rules_codspeed.publish.ci.provider import Job
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import DEFAULT
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import load_environment


class Pipeline:
    """A job of GitLab CI in a checkout of one commit."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.checkout = scratch / "widgets"
        self.head = make_checkout(self.checkout)

    def read(self, name: str, **changes: str | None) -> RunEnvironment:
        recorded = load_environment(name, self.scratch, self.checkout)
        variables = {**GIT_VARIABLES, **recorded, **changes}
        given = {name: value for name, value in variables.items() if value is not None}
        return read_gitlab(Job(given, self.checkout, DEFAULT, has_token=True))


@pytest.fixture
def job(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


def test_push(job: Pipeline) -> None:
    assert job.read("gitlab_push") == RunEnvironment(
        kind=EnvironmentKind.GITLAB_CI,
        provider=RepositoryProvider.GITLAB,
        owner="acme",
        repository="widgets",
        ref="refs/heads/main",
        head_ref=None,
        base_ref="main",
        event=RunEvent.PUSH,
        sender=Sender("2001", "gl-dev"),
        gh_data=None,
        gl_data=JobRun("5550001", "bench"),
        repository_root_path=str(job.checkout),
        commit_hash=job.head,
        run_part=RunPart("5550001", "bench", "bench", {}),
        is_fork=False,
        is_private=False,
    )


def test_root_is_verbatim(job: Pipeline) -> None:
    for root in (f"{job.checkout}/", f"{job.checkout}/.", str(job.checkout)):
        assert job.read("gitlab_push", CI_PROJECT_DIR=root).repository_root_path == root


def test_subgroups_stay_in_the_owner(job: Pipeline) -> None:
    assert job.read("gitlab_push", CI_PROJECT_NAMESPACE="acme/tools").owner == "acme/tools"


def test_tag(job: Pipeline) -> None:
    read = job.read("gitlab_tag")
    assert (read.ref, read.base_ref, read.event) == ("refs/tags/v1.2.0", "v1.2.0", RunEvent.PUSH)
    assert job.read("gitlab_push", CI_COMMIT_TAG="").ref == "refs/tags/"


def test_merge_request(job: Pipeline) -> None:
    read = job.read("gitlab_merge_request")
    assert (read.ref, read.head_ref, read.base_ref, read.event, read.is_fork) == (
        "refs/pull/7/merge",
        "speedup",
        "main",
        RunEvent.PULL_REQUEST,
        False,
    )


def test_merge_request_from_a_fork(job: Pipeline) -> None:
    read = job.read("gitlab_fork_merge_request")
    assert (read.head_ref, read.owner, read.is_fork) == ("forker:speedup", "acme", True)


@pytest.mark.parametrize(
    ("source", "event"),
    [
        ("schedule", RunEvent.SCHEDULE),
        ("web", RunEvent.WORKFLOW_DISPATCH),
        ("trigger", RunEvent.WORKFLOW_DISPATCH),
        ("api", RunEvent.WORKFLOW_DISPATCH),
    ],
)
def test_other_sources(job: Pipeline, source: str, event: RunEvent) -> None:
    name = f"gitlab_{source}" if source in ("schedule", "web") else "gitlab_push"
    read = job.read(name, CI_PIPELINE_SOURCE=source)
    assert (read.event, read.ref, read.base_ref, read.head_ref) == (
        event,
        "refs/heads/main",
        "main",
        None,
    )


@pytest.mark.parametrize("source", ["pipeline", "parent_pipeline", "", "pull_request"])
def test_unsupported_source(job: Pipeline, source: str) -> None:
    with pytest.raises(PublishError) as caught:
        job.read("gitlab_push", CI_PIPELINE_SOURCE=source)
    assert caught.value.what == f"Event {source} is not supported by CodSpeed"
    assert f"if: '$CI_PIPELINE_SOURCE == \"{source}\"', when: never" in caught.value.fix


def test_merge_train(job: Pipeline) -> None:
    """Its commit has the changes of the merge requests before it: they are no cost of this one."""
    with pytest.raises(PublishError) as caught:
        job.read("gitlab_merge_request", CI_MERGE_REQUEST_EVENT_TYPE="merge_train")
    assert caught.value.what == "Event merge_train is not supported by CodSpeed"
    assert "if: '$CI_MERGE_REQUEST_EVENT_TYPE == \"merge_train\"', when: never" in caught.value.fix
    for kind in ("detached", "merged_result"):
        read = job.read("gitlab_merge_request", CI_MERGE_REQUEST_EVENT_TYPE=kind)
        assert read.event is RunEvent.PULL_REQUEST


@pytest.mark.parametrize(
    "name",
    [
        "CI_PROJECT_NAMESPACE",
        "CI_PROJECT_NAME",
        "CI_PIPELINE_SOURCE",
        "CI_COMMIT_REF_NAME",
        "CI_JOB_ID",
        "CI_JOB_NAME",
        "GITLAB_USER_ID",
        "GITLAB_USER_LOGIN",
        "CI_PROJECT_DIR",
        "CI_MERGE_REQUEST_IID",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
        "CI_PROJECT_PATH",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
    ],
)
def test_missing_variable(job: Pipeline, name: str) -> None:
    with pytest.raises(PublishError) as caught:
        job.read("gitlab_merge_request", **{name: None})
    assert caught.value.what == f"{name} environment variable not found"


def test_absent_checkout(job: Pipeline) -> None:
    root = f"{job.scratch}/gone"
    with pytest.raises(PublishError, match=f"^Failed to open repository at path: {root}\ngit says"):
        job.read("gitlab_push", CI_PROJECT_DIR=root)
