"""Which environment is which."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.detection import detect, detect_kind
from rules_codspeed.publish.ci.environment import RunEnvironment
from rules_codspeed.publish.ci.repository import Repository, RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import DEFAULT
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import NAMES, load_environment

KINDS = {
    "github": EnvironmentKind.GITHUB_ACTIONS,
    "gitlab": EnvironmentKind.GITLAB_CI,
    "buildkite": EnvironmentKind.BUILDKITE,
}


@pytest.mark.parametrize(
    ("variables", "kind"),
    [
        ({}, EnvironmentKind.LOCAL),
        ({"CI": "true"}, EnvironmentKind.LOCAL),
        ({"GITHUB_ACTIONS": "1"}, EnvironmentKind.LOCAL),
        ({"GITLAB_CI": "True"}, EnvironmentKind.LOCAL),
        ({"GITLAB_CI": "true"}, EnvironmentKind.GITLAB_CI),
        ({"GITLAB_CI": "true", "GITHUB_ACTIONS": "true"}, EnvironmentKind.GITHUB_ACTIONS),
        ({"GITHUB_ACTIONS": "true", "BUILDKITE": "true"}, EnvironmentKind.BUILDKITE),
    ],
)
def test_order_and_exact_value(variables: dict[str, str], kind: EnvironmentKind) -> None:
    assert detect_kind(variables) is kind


def detected(
    variables: dict[str, str],
    workspace: Path,
    requested: Repository | None = None,
    project: str | None = None,
) -> RunEnvironment:
    return detect(
        {**GIT_VARIABLES, **variables},
        workspace,
        DEFAULT,
        requested=requested,
        has_token=True,
        resolver=None,
        warn=pytest.fail,
        project=project,
    )


@pytest.mark.parametrize("name", NAMES)
def test_recorded_environments(name: str, tmp_path: Path) -> None:
    head = make_checkout(tmp_path / "widgets")
    variables = load_environment(name, tmp_path, tmp_path / "widgets")
    read = detected(variables, tmp_path / "widgets")
    assert read.kind is KINDS[name.partition("_")[0]]
    assert (read.owner, read.repository, read.commit_hash) == ("acme", "widgets", head)
    assert read.is_fork == ("fork" in name)


def test_local(tmp_path: Path) -> None:
    head = make_checkout(tmp_path)
    read = detected({"CI": "true"}, tmp_path)
    assert (read.kind, read.owner, read.commit_hash) == (EnvironmentKind.LOCAL, "local", head)


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("github_push", "Github Actions"),
        ("gitlab_push", "GitLab CI"),
        ("buildkite_push", "Buildkite"),
    ],
)
def test_repository_option_is_for_people(name: str, provider: str, tmp_path: Path) -> None:
    variables = load_environment(name, tmp_path, tmp_path)
    with pytest.raises(PublishError) as caught:
        detected(variables, tmp_path, Repository(RepositoryProvider.GITHUB, "a", "b"))
    assert caught.value.what == (
        f"Specifying owner and repository from CLI is not supported for {provider}"
    )


def test_project_option_is_for_people(tmp_path: Path) -> None:
    variables = load_environment("gitlab_push", tmp_path, tmp_path)
    with pytest.raises(PublishError, match="--project is for local runs"):
        detected(variables, tmp_path, project="experiments")
