"""Which commit a checkout is at, and whether its files are those of the commit: real checkouts."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.checkout.repository import find_git_root
from rules_codspeed.history.commits import Commits, Measured
from rules_codspeed.history.place import history_file
from tests.contract.owners import give_away
from tests.history.repositories import VARIABLES, commit, git, monorepo, repository


def _commits(folder: Path) -> Commits:
    return Commits(folder, VARIABLES)


def _history(folder: Path, variables: dict[str, str] = VARIABLES) -> Path:
    return history_file(folder, {**variables, "XDG_STATE_HOME": "/state"})


# A workspace in a folder of its repository.


def test_a_workspace_in_a_folder_is_of_the_repository_above(tmp_path: Path) -> None:
    workspace, (first, second) = monorepo(tmp_path / "mono", 2)
    commits = _commits(workspace)
    assert commits.measured() == Measured(second, "main", clean=True)
    assert [one.commit for one in commits.candidates(commits.measured())] == [first]
    (tmp_path / "mono/file").write_text("changed, elsewhere in the repository")
    assert not _commits(workspace).measured().clean


def test_worktrees_share_a_history_for_each_folder(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    workspace, _ = monorepo(main)
    git(main, "worktree", "add", "-q", str(other))
    assert _history(other) == _history(main)
    assert _history(main).name.startswith("main-")
    assert _history(other / "sub/ws") == _history(workspace) != _history(main)
    assert _history(tmp_path) != _history(main)


def test_a_repository_above_that_does_not_hold_the_workspace(tmp_path: Path) -> None:
    """As a home folder with a repository of configuration files."""
    repository(tmp_path)
    workspace = tmp_path / "ws"
    workspace.mkdir()
    (workspace / "MODULE.bazel").write_text("")
    commits = _commits(workspace)
    assert (commits.measured(), commits.problem) == (Measured("", "", clean=False), "")
    path = _history(workspace)
    git(tmp_path, "add", "ws")
    assert _commits(workspace).measured().commit
    assert _history(workspace) != path


def test_commits_of_another_folder_are_not_those_of_a_workspace(tmp_path: Path) -> None:
    workspace, (first, _) = monorepo(tmp_path, 2)
    (workspace / "MODULE.bazel").write_text("# changed")
    git(tmp_path, "commit", "-q", "-a", "-m", "of the workspace")
    (line,) = _commits(workspace).between(first, "HEAD")
    assert line.endswith(" of the workspace")
    assert len(_commits(tmp_path).between(first, "HEAD")) == 2


# What Bazel may read is what counts.


def _new_file(workspace: Path) -> None:
    (workspace / "more.c").write_text("")


def _new_folder(workspace: Path) -> None:
    (workspace / "new/folder").mkdir(parents=True)
    (workspace / "new/folder/BUILD.bazel").write_text("")


def _new_link(workspace: Path) -> None:
    (workspace / "bazel-linked").symlink_to("/nonexistent/sources")


def _new_named_like_a_link_of_bazel(workspace: Path) -> None:
    (workspace / "bazel-out").write_text("")


def _other_lock_file(workspace: Path) -> None:
    (workspace / "sub").mkdir()
    (workspace / "sub/MODULE.bazel.lock").write_text("")


def _taken_for_unchanged(workspace: Path) -> None:
    git(workspace, "update-index", "--assume-unchanged", "file")
    (workspace / "file").write_text("changed")


def _skipped(workspace: Path) -> None:
    git(workspace, "update-index", "--skip-worktree", "file")
    (workspace / "file").write_text("changed")


def _skipped_and_gone(workspace: Path) -> None:
    git(workspace, "update-index", "--skip-worktree", "file")
    (workspace / "file").unlink()


def _staged(workspace: Path) -> None:
    _new_file(workspace)
    git(workspace, "add", "more.c")


def _hidden_by_configuration(workspace: Path) -> None:
    git(workspace, "config", "status.showUntrackedFiles", "no")
    _new_file(workspace)


@pytest.mark.parametrize(
    ("change", "untracked"),
    [
        (_new_file, ["more.c"]),
        (_new_folder, ["new/"]),
        (_new_link, ["bazel-linked"]),
        (_new_named_like_a_link_of_bazel, ["bazel-out"]),
        (_other_lock_file, ["sub/"]),
        (_hidden_by_configuration, ["more.c"]),
        (_taken_for_unchanged, []),
        (_skipped, []),
        (_skipped_and_gone, []),
        (_staged, []),
    ],
)
def test_uncommitted_work(
    tmp_path: Path, change: Callable[[Path], None], untracked: list[str]
) -> None:
    (head,) = repository(tmp_path)
    change(tmp_path)
    commits = _commits(tmp_path)
    assert commits.measured() == Measured(head, "main", clean=False)
    assert commits.untracked == tuple(untracked)
    assert commits.candidates(commits.measured())[0].commit == head


def test_untracked_files_are_not_named_where_others_changed_as_well(tmp_path: Path) -> None:
    repository(tmp_path)
    _new_file(tmp_path)
    (tmp_path / "file").write_text("changed")
    assert _commits(tmp_path).untracked == ()


@pytest.mark.parametrize("folder", [".", "sub/ws"])
def test_what_bazel_makes_and_what_is_ignored_is_no_work(tmp_path: Path, folder: str) -> None:
    monorepo(tmp_path)
    workspace = tmp_path / folder
    for name in ("bazel-out", "bazel-bin", f"bazel-{workspace.name}", "built-bin"):
        (workspace / name).symlink_to("/home/u/.cache/bazel/1/execroot/_main/bazel-out")
    (workspace / "MODULE.bazel.lock").write_text("{}")
    (tmp_path / ".git/info/exclude").write_text("*.log\n")
    (workspace / "run.log").write_text("")
    git(tmp_path, "update-index", "--assume-unchanged", "file")
    commits = _commits(workspace)
    assert (commits.measured().clean, commits.untracked) == (True, ())


def test_a_submodule_that_differs(tmp_path: Path) -> None:
    repository(tmp_path / "inner")
    repository(tmp_path / "outer")
    outer = tmp_path / "outer"
    git(outer, "submodule", "--quiet", "add", str(tmp_path / "inner"), "sub")
    git(outer, "config", "-f", ".gitmodules", "submodule.sub.ignore", "all")
    git(outer, "add", ".gitmodules")
    git(outer, "commit", "-q", "-m", "submodule")
    assert _commits(outer).measured().clean
    (outer / "sub/more.c").write_text("")
    assert not _commits(outer).measured().clean
    (outer / "sub/more.c").unlink()
    commit(outer / "sub", "next")
    assert not _commits(outer).measured().clean


def test_the_lock_of_a_git_that_was_killed(tmp_path: Path) -> None:
    (head,) = repository(tmp_path)
    lock = tmp_path / ".git/index.lock"
    lock.write_text("")
    assert _commits(tmp_path).measured() == Measured(head, "main", clean=True)
    assert lock.exists()


def test_a_sparse_checkout_is_clean(tmp_path: Path) -> None:
    workspace, (head,) = monorepo(tmp_path)
    git(tmp_path, "sparse-checkout", "set", "sub")
    (tmp_path / "file").unlink(missing_ok=True)
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/sub")
    assert not (tmp_path / "file").exists()
    assert _commits(workspace).measured() == Measured(head, "main", clean=True)


def test_a_partial_clone_fetches_nothing(tmp_path: Path) -> None:
    full = tmp_path / "full"
    first, head = repository(full, 2)
    git(full, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{full}", "partial")
    full.rename(tmp_path / "gone")
    partial = tmp_path / "partial"
    (partial / "file").rename(partial / "other")
    commits = _commits(partial)
    assert commits.measured() == Measured(head, "main", clean=False)
    assert commits.candidates(commits.measured())[-1].commit == first


def test_a_shallow_clone_is_known(tmp_path: Path) -> None:
    first, head = repository(tmp_path / "full", 2)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/full", "shallow")
    commits = _commits(tmp_path / "shallow")
    assert (commits.measured(), commits.is_shallow) == (Measured(head, "main", clean=True), True)
    assert commits.resolve(first) is None
    assert not _commits(tmp_path / "full").is_shallow


# What git does not read is reported, and costs the commit only.


def _empty(git_folder: Path) -> None:
    git_folder.rename(git_folder.with_name("moved"))
    git_folder.mkdir()


def _of_a_worktree_that_is_gone(git_folder: Path) -> None:
    git_folder.rename(git_folder.with_name("moved"))
    git_folder.write_text("gitdir: /nonexistent/.git/worktrees/x\n")


def _no_head(git_folder: Path) -> None:
    (git_folder / "HEAD").write_text("")


def _no_objects(git_folder: Path) -> None:
    for place in (git_folder / "objects").iterdir():
        place.rename(git_folder / f"moved-{place.name}")


def _bad_index(git_folder: Path) -> None:
    (git_folder / "index").write_text("no index")


def _bad_configuration(git_folder: Path) -> None:
    (git_folder / "config").write_text("[[")


def _of_the_future(git_folder: Path) -> None:
    (git_folder / "config").write_text("[core]\n\trepositoryformatversion = 99\n")


@pytest.mark.parametrize(
    "damage",
    [
        _empty,
        _of_a_worktree_that_is_gone,
        _no_head,
        _no_objects,
        _bad_index,
        _bad_configuration,
        _of_the_future,
    ],
)
@pytest.mark.parametrize("folder", [".", "sub/ws"])
def test_a_damaged_repository(tmp_path: Path, damage: Callable[[Path], None], folder: str) -> None:
    """Also one in a folder of another repository: the one above is not asked instead."""
    repository(tmp_path)
    monorepo(tmp_path / "mono")
    workspace = tmp_path / "mono" / folder
    path = _history(workspace)
    damage(tmp_path / "mono/.git")
    commits = _commits(workspace)
    assert not commits.measured().clean
    what = f"git cannot be asked about {tmp_path}/mono"
    assert commits.problem.startswith(f"{what}. Got: fatal: ")
    fix = f"Fix: repair {tmp_path}/mono/.git, or check the repository out again."
    assert fix in commits.problem
    assert _history(workspace) == path


def test_a_repository_whose_files_are_elsewhere(tmp_path: Path) -> None:
    repository(tmp_path / "ours")
    repository(tmp_path / "theirs")
    git(tmp_path / "ours", "config", "core.worktree", str(tmp_path / "theirs"))
    commits = _commits(tmp_path / "ours")
    assert commits.measured() == Measured("", "", clean=False)
    assert f"Got: a repository whose files are in {tmp_path}/theirs." in commits.problem


def test_a_repository_of_another_user(tmp_path: Path) -> None:
    repository(tmp_path)
    path = _history(tmp_path)
    give_away(tmp_path)
    give_away(tmp_path / ".git")
    commits = _commits(tmp_path)
    assert commits.measured() == Measured("", "", clean=False)
    assert f"Fix: git config --global --add safe.directory {tmp_path}." in commits.problem
    assert _history(tmp_path) == path
    trusting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    variables = {**VARIABLES, **trusting, "GIT_CONFIG_VALUE_0": str(tmp_path)}
    assert Commits(tmp_path, variables).measured().clean


def test_no_git(tmp_path: Path) -> None:
    repository(tmp_path / "ours")
    variables = {**VARIABLES, "PATH": str(tmp_path)}
    commits = Commits(tmp_path / "ours", variables)
    assert commits.measured() == Measured("", "", clean=False)
    assert "Got: no git (No such file or directory)." in commits.problem
    assert _history(tmp_path / "ours", variables) == _history(tmp_path / "ours")
    if find_git_root(tmp_path) is None:
        assert Commits(tmp_path, variables).problem == ""


def test_a_checkout_in_a_folder_that_nobody_may_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    repository(tmp_path / "ours")
    (tmp_path / "ours/.git").chmod(0)
    problem = _commits(tmp_path / "ours").problem
    (tmp_path / "ours/.git").chmod(0o755)
    assert problem.startswith("git cannot be asked about ")
