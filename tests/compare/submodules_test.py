"""Submodules of a commit that is checked out for a comparison: without a network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rules_codspeed.compare.store import Store
from rules_codspeed.compare.submodules import Submodule, source_of, submodules
from rules_codspeed.compare.worktree import check_out, repository_of
from rules_codspeed.contract.errors import CodSpeedError
from tests.contract.owners import give_away
from tests.history.repositories import VARIABLES, commit, git, repository


class Nested:
    """A repository whose submodule `sub` has a submodule `deep`; what they came from is gone.

    Its commits, by tags: `none` has no submodule, `old` and `new` differ in that of `sub`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outer"
        self.worktree = folder / "worktree"

    def make(self) -> None:
        origins = self.folder.parent / "origins"
        for name in ("deep", "sub"):
            repository(origins / name)
        git(origins / "sub", "submodule", "--quiet", "add", str(origins / "deep"), "deep")
        git(origins / "sub", "commit", "-q", "-m", "deep")
        repository(self.folder)
        git(self.folder, "tag", "none")
        git(self.folder, "submodule", "--quiet", "add", str(origins / "sub"), "sub")
        git(self.folder, "submodule", "--quiet", "update", "--init", "--recursive")
        self.tag("old")
        commit(self.folder / "sub", "new")
        self.tag("new")
        shutil.rmtree(origins)

    def tag(self, name: str) -> None:
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-q", "-m", name)
        git(self.folder, "tag", name)

    def check_out(self, name: str) -> None:
        found = repository_of(self.folder, VARIABLES)
        check_out(found, Store(self.folder, VARIABLES).commit(name), self.worktree)

    @property
    def content(self) -> str:
        """What the file of the submodule in the worktree holds."""
        assert (self.worktree / "sub/deep/file").read_text() == "commit 0"
        assert git(self.worktree, "status", "--porcelain", "--ignored") == ""
        return (self.worktree / "sub/file").read_text()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Nested:
    made = Nested(tmp_path_factory.mktemp("original"))
    made.make()
    return made


@pytest.fixture
def nested(original: Nested, tmp_path: Path) -> Nested:
    copy = Nested(tmp_path)
    shutil.copytree(original.folder, copy.folder, symlinks=True)
    return copy


def _without_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert capsys.readouterr().err == ""


def test_submodules_are_those_of_the_commit(
    nested: Nested, capsys: pytest.CaptureFixture[str]
) -> None:
    git(nested.folder, "config", "submodule.recurse", "true")
    before = git(nested.folder, "submodule", "status", "--recursive")
    for name in ("old", "new", "old"):
        nested.check_out(name)
        assert nested.content == ("commit 0" if name == "old" else "new")
        (nested.worktree / "sub/left").write_text("")
        (nested.worktree / "sub/file").write_text("changed")
    nested.check_out("none")
    assert not (nested.worktree / "sub").exists()
    nested.check_out("new")
    assert nested.content == "new"
    assert git(nested.folder, "submodule", "status", "--recursive") == before
    assert git(nested.folder, "status", "--porcelain") == ""
    _without_notes(capsys)


def test_a_submodule_that_the_source_tree_no_longer_has(
    nested: Nested, capsys: pytest.CaptureFixture[str]
) -> None:
    git(nested.folder, "rm", "-q", "-f", "sub")
    (nested.folder / "sub").mkdir()
    (nested.folder / "sub/file").write_text("of the repository itself")
    nested.tag("own")
    for name in ("old", "own", "new", "own"):
        nested.check_out(name)
        if name == "own":
            assert (nested.worktree / "sub/file").read_text() == "of the repository itself"
            assert sorted(one.name for one in (nested.worktree / "sub").iterdir()) == ["file"]
        else:
            assert nested.content == ("commit 0" if name == "old" else "new")
    _without_notes(capsys)


def test_a_submodule_in_a_worktree_of_its_own(nested: Nested, tmp_path: Path) -> None:
    """There, git keeps submodules once more."""
    side = tmp_path / "side"
    git(nested.folder, "worktree", "add", "-q", "--detach", str(side), "new")
    nested.folder = side
    nested.check_out("old")
    assert nested.content == "commit 0"


def test_a_submodule_with_a_repository_in_its_folder(tmp_path: Path) -> None:
    """As old versions of git made it."""
    outer = tmp_path / "outer"
    repository(outer)
    repository(outer / "sub")
    git(outer, "submodule", "--quiet", "add", "./sub")
    git(outer, "commit", "-q", "-m", "sub")
    head = git(outer, "rev-parse", "HEAD")
    for _ in range(2):
        check_out(repository_of(outer, VARIABLES), head, tmp_path / "worktree")
        assert (tmp_path / "worktree/sub/file").read_text() == "commit 0"


def test_a_repository_of_another_user_that_git_was_told_to_trust(
    nested: Nested, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in containers of CI systems, which name the checkout as a safe folder."""
    for place in [nested.folder, *nested.folder.rglob("*")]:
        if place.is_dir() or place.name == ".git":
            give_away(place)
    trusting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    variables = {**VARIABLES, **trusting, "GIT_CONFIG_VALUE_0": str(nested.folder)}
    found = repository_of(nested.folder, variables)
    for name in ("old", "new", "old"):
        check_out(found, Store(nested.folder, variables).commit(name), nested.worktree)
        assert nested.content == ("commit 0" if name == "old" else "new")
    _without_notes(capsys)


def test_a_submodule_of_another_user_is_not_trusted(tmp_path: Path) -> None:
    repository(tmp_path / "outer")
    repository(tmp_path / "outer/sub")
    store = Store(tmp_path / "outer", VARIABLES)
    submodule = Submodule("sub", "sub", git(tmp_path / "outer/sub", "rev-parse", "HEAD"))
    assert source_of(store, submodule)
    give_away(tmp_path / "outer/sub")
    assert source_of(store, submodule) is None


def test_a_submodule_that_is_nowhere_is_left_empty(
    nested: Nested, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "clone", "-q", str(nested.folder), "clone")
    nested.folder = tmp_path / "clone"
    for _ in range(2):
        nested.check_out("old")
        assert list((nested.worktree / "sub").iterdir()) == []
        (line,) = capsys.readouterr().err.splitlines()
        assert line == (
            "rules_codspeed: the submodule sub of "
            f"{git(nested.folder, 'rev-parse', '--short=10', 'old')} is left empty, as it is not "
            f"on this machine: git -C {nested.folder} submodule update --init sub"
        )


def test_a_commit_of_a_submodule_that_is_nowhere(nested: Nested) -> None:
    zero = "0123456789" * 4
    git(nested.folder, "update-index", "--cacheinfo", f"160000,{zero},sub")
    git(nested.folder, "commit", "-q", "-m", "of another clone")
    with pytest.raises(CodSpeedError) as caught:
        nested.check_out("HEAD")
    assert str(caught.value).startswith("the submodule sub cannot be checked out. Got: no commit ")
    assert caught.value.fix == f"git -C {nested.folder}/sub fetch origin {zero}"
    nested.check_out("old")
    assert nested.content == "commit 0"


def test_a_broken_submodule_heals(nested: Nested, capsys: pytest.CaptureFixture[str]) -> None:
    nested.check_out("old")
    for entry in nested.folder.glob(".git/modules/**/worktrees/*"):
        (entry / "index.lock").write_text("")
    nested.check_out("old")
    assert nested.content == "commit 0"
    # The one in it was made anew with it.
    assert len(capsys.readouterr().err.splitlines()) == 1
    nested.check_out("new")
    assert nested.content == "new"
    _without_notes(capsys)


@pytest.mark.parametrize("name", ["../../x", "/x", "", ".", "a/../../x"])
def test_a_name_that_leads_out_of_the_git_directory(tmp_path: Path, name: str) -> None:
    repository(tmp_path / "outer")
    repository(tmp_path / "x")
    store = Store(tmp_path / "outer", VARIABLES)
    head = git(tmp_path / "x", "rev-parse", "HEAD")
    assert source_of(store, Submodule(name, "sub", head)) is None


def test_a_link_in_the_source_tree_is_no_submodule(tmp_path: Path) -> None:
    repository(tmp_path / "outer")
    repository(tmp_path / "x")
    (tmp_path / "outer/sub").symlink_to("../x")
    store = Store(tmp_path / "outer", VARIABLES)
    head = git(tmp_path / "x", "rev-parse", "HEAD")
    assert source_of(store, Submodule("sub", "sub", head)) is None


def test_what_gitmodules_names_may_be_something_else(tmp_path: Path) -> None:
    repository(tmp_path)
    text = '[submodule "a.path"]\n\tpath = file\n[submodule "b"]\n\tpath = gone/\n[submodule "c"]\n'
    (tmp_path / ".gitmodules").write_text(text)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "odd")
    assert submodules(Store(tmp_path, VARIABLES), "HEAD") == []
