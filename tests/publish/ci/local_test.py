"""Runs on a developer's machine: what they belong to."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.ci.environment import (
    RunEnvironment,
    RunEvent,
    RunPart,
)
from rules_codspeed.publish.ci.local import ResolvedRepository, read_local
from rules_codspeed.publish.ci.repository import Repository, RepositoryProvider
from rules_codspeed.publish.errors import PublishError
from tests.publish.checkouts import GIT_VARIABLES, git, make_checkout

GITHUB = RepositoryProvider.GITHUB
NO_COMMIT = "a" * 40
PROJECT = ResolvedRepository("octo-dev", "local-runs", RepositoryProvider.PROJECT, True)


class CodSpeed:
    """Answers for CodSpeed, and notes what it was asked."""

    def __init__(self, known: ResolvedRepository | None = None) -> None:
        self.known = known
        self.asked: list[object] = []

    def overview(
        self, owner: str, name: str, provider: RepositoryProvider
    ) -> ResolvedRepository | None:
        self.asked.append((owner, name, provider))
        return self.known

    def project(self, name: str) -> ResolvedRepository:
        self.asked.append(name)
        return PROJECT


class Machine:
    """A person's machine: a workspace, and the warnings."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.warnings: list[str] = []

    def read(
        self,
        resolver: CodSpeed | None,
        requested: Repository | None = None,
        project: str | None = None,
    ) -> RunEnvironment:
        return read_local(
            GIT_VARIABLES,
            self.workspace,
            requested,
            resolver,
            self.warnings.append,
            project,
            lambda: "id",
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    if any((folder / ".git").exists() for folder in tmp_path.parents):
        pytest.skip("temporary folders are in a checkout here")
    workspace = tmp_path / "widgets"
    workspace.mkdir()
    return Machine(workspace)


def target(read: RunEnvironment) -> tuple[str, str, str, str, str | None]:
    return (read.provider.value, read.owner, read.repository, read.ref, read.head_ref)


def test_repository_of_the_remote_as_codspeed_spells_it(machine: Machine) -> None:
    head = make_checkout(machine.workspace, origin="https://github.com/ACME/widgets.git")
    codspeed = CodSpeed(ResolvedRepository("acme", "Widgets", GITHUB, True))
    assert machine.read(codspeed) == RunEnvironment(
        kind=EnvironmentKind.LOCAL,
        provider=GITHUB,
        owner="acme",
        repository="Widgets",
        ref=head,
        head_ref="main",
        base_ref=None,
        event=RunEvent.LOCAL,
        sender=None,
        gh_data=None,
        gl_data=None,
        repository_root_path=f"{machine.workspace}/",
        commit_hash=head,
        run_part=RunPart("id", "local-job", "local-job", {}),
        is_fork=False,
        is_private=False,
    )
    assert codspeed.asked == [("ACME", "widgets", GITHUB)]
    assert machine.warnings == []


def test_workspace_in_a_sub_folder(machine: Machine) -> None:
    root = machine.workspace
    make_checkout(root, origin="git@gitlab.com:acme/widgets.git")
    machine.workspace = root / "sub"
    machine.workspace.mkdir()
    codspeed = CodSpeed(ResolvedRepository("acme", "widgets", RepositoryProvider.GITLAB, True))
    assert machine.read(codspeed).repository_root_path == f"{root}/"
    assert codspeed.asked == [("acme", "widgets", RepositoryProvider.GITLAB)]


def test_detached_head_has_no_branch(machine: Machine) -> None:
    head = make_checkout(machine.workspace, origin="https://github.com/acme/widgets")
    git(machine.workspace, "checkout", "--quiet", "--detach")
    read = machine.read(CodSpeed(ResolvedRepository("acme", "widgets", GITHUB, True)))
    assert target(read) == ("GITHUB", "acme", "widgets", head, None)


@pytest.mark.parametrize(
    ("known", "start"),
    [
        (None, "Repository acme/widgets not found on CodSpeed"),
        (
            ResolvedRepository("Acme", "widgets", GITHUB, False),
            "You are not authorized to create runs on Acme/widgets",
        ),
    ],
)
def test_falls_back_to_the_project(
    machine: Machine, known: ResolvedRepository | None, start: str
) -> None:
    make_checkout(machine.workspace, origin="https://github.com/acme/widgets")
    codspeed = CodSpeed(known)
    read = machine.read(codspeed)
    assert target(read) == ("PROJECT", "octo-dev", "local-runs", NO_COMMIT, None)
    assert read.commit_hash == NO_COMMIT
    assert read.repository_root_path == f"{machine.workspace}/"
    assert codspeed.asked == [("acme", "widgets", GITHUB), "local-runs"]
    assert len(machine.warnings) == 1
    assert machine.warnings[0].startswith(start)
    assert machine.warnings[0].endswith("\nFalling back to an isolated CodSpeed run.")


def test_outside_of_git_it_is_the_project(machine: Machine) -> None:
    codspeed = CodSpeed()
    read = machine.read(codspeed)
    assert target(read) == ("PROJECT", "octo-dev", "local-runs", NO_COMMIT, None)
    assert read.repository_root_path == str(machine.workspace)
    assert codspeed.asked == ["local-runs"]
    assert "local-runs" in machine.warnings[0]


def test_no_origin(machine: Machine) -> None:
    make_checkout(machine.workspace)
    codspeed = CodSpeed()
    with pytest.raises(PublishError, match=r"no remote 'origin' in .* Fix: add it"):
        machine.read(codspeed)
    assert codspeed.asked == []


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("/srv/r.git", "Could not extract owner and repository from remote url: /srv/r.git"),
        ("https://x.example/o/r", "Repository provider x.example is not supported by CodSpeed"),
    ],
)
def test_origin_that_is_no_address_of_a_repository(
    machine: Machine, origin: str, message: str
) -> None:
    make_checkout(machine.workspace, origin=origin)
    with pytest.raises(PublishError) as caught:
        machine.read(CodSpeed())
    assert caught.value.what == message


def test_no_commit(machine: Machine) -> None:
    make_checkout(machine.workspace, commits=0, origin="https://github.com/acme/widgets")
    with pytest.raises(PublishError, match="Failed to get HEAD commit"):
        machine.read(CodSpeed(PROJECT))
    # It is not asked for where the run belongs to no repository.
    read = machine.read(CodSpeed())
    assert target(read) == ("PROJECT", "octo-dev", "local-runs", NO_COMMIT, None)


def test_requested_repository(machine: Machine) -> None:
    requested = Repository(RepositoryProvider.GITLAB, "ACME", "other")
    codspeed = CodSpeed(ResolvedRepository("acme", "other", RepositoryProvider.GITLAB, True))
    assert target(machine.read(codspeed, requested)) == (
        "GITLAB",
        "acme",
        "other",
        NO_COMMIT,
        None,
    )
    # The checkout gives the commit; its remote does not count.
    head = make_checkout(machine.workspace)
    assert target(machine.read(codspeed, requested))[3:] == (head, "main")
    assert codspeed.asked == [("ACME", "other", RepositoryProvider.GITLAB)] * 2


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (
            None,
            "Explicitly requested repository acme/other not found on CodSpeed. Is the repository "
            "enabled on CodSpeed? ",
        ),
        (
            ResolvedRepository("Acme", "other", GITHUB, False),
            "You are not authorized to create runs on Acme/other. ",
        ),
    ],
)
def test_requested_repository_that_cannot_be_used(
    machine: Machine, known: ResolvedRepository | None, message: str
) -> None:
    codspeed = CodSpeed(known)
    with pytest.raises(PublishError) as caught:
        machine.read(codspeed, Repository(GITHUB, "acme", "other"))
    assert str(caught.value).startswith(message)
    assert "local-runs" not in codspeed.asked


def test_offline(machine: Machine) -> None:
    assert target(machine.read(None)) == ("GITHUB", "local", "local", NO_COMMIT, None)
    make_checkout(machine.workspace, commits=0)
    assert target(machine.read(None)) == ("GITHUB", "local", "local", NO_COMMIT, None)
    head = make_checkout(machine.workspace)
    requested = Repository(GITHUB, "acme", "other")
    assert target(machine.read(None, requested)) == ("GITHUB", "local", "local", head, "main")


def test_each_run_has_an_identity_of_its_own(machine: Machine) -> None:
    ids = {
        read.run_part.run_id
        for read in (
            read_local(GIT_VARIABLES, machine.workspace, None, None, pytest.fail) for _ in range(3)
        )
        if read.run_part
    }
    assert len(ids) == 3
    assert all(len(one) == 36 and one[14] == "4" for one in ids)


def test_project_that_is_asked_for(machine: Machine) -> None:
    make_checkout(machine.workspace, origin="https://github.com/acme/widgets.git")
    codspeed = CodSpeed(ResolvedRepository("acme", "widgets", GITHUB, True))
    read = machine.read(codspeed, project="experiments")
    assert codspeed.asked == ["experiments"]
    assert (read.owner, read.repository) == (PROJECT.owner, PROJECT.name)
    assert (read.commit_hash, machine.warnings) == ("a" * 40, [])
