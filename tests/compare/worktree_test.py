"""Checking commits out in the user's cache: repositories of every kind, with a real git."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.compare.store import Store
from rules_codspeed.compare.worktree import check_out, repository_of
from rules_codspeed.contract.errors import CodSpeedError
from tests.history.repositories import VARIABLES, commit, git, monorepo, repository


def _check_out(folder: Path, name: str, worktree: Path) -> Path:
    return check_out(
        repository_of(folder, VARIABLES), Store(folder, VARIABLES).commit(name), worktree
    )


def _notes(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_the_workspace_in_a_folder(tmp_path: Path) -> None:
    workspace, (first, _) = monorepo(tmp_path / "mono", 2)
    found = check_out(repository_of(workspace, VARIABLES), first, tmp_path / "worktree")
    assert found == tmp_path / "worktree/sub/ws"
    assert (tmp_path / "worktree/file").read_text() == "commit 0"


def test_a_workspace_that_the_repository_above_does_not_hold(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "ws").mkdir()
    with pytest.raises(CodSpeedError, match=f"Got: no file of it in the repository {tmp_path}"):
        repository_of(tmp_path / "ws", VARIABLES)


# What is broken is made anew.


class Used:
    """A repository that was compared before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mono"
        self.worktree = folder / "cache/worktree"
        self.first, self.second = repository(self.folder, 2)
        self.check_out("HEAD~1")

    @property
    def entry(self) -> Path:
        return self.folder / ".git/worktrees/worktree"

    def check_out(self, name: str) -> None:
        assert _check_out(self.folder, name, self.worktree) == self.worktree
        expected = "commit 0" if name == "HEAD~1" else "commit 1"
        assert (self.worktree / "file").read_text() == expected
        head = git(self.worktree, "rev-parse", "HEAD")
        assert head == git(self.folder, "rev-parse", name)
        assert git(self.worktree, "status", "--porcelain", "--ignored") == ""


@pytest.fixture
def used(tmp_path: Path) -> Used:
    return Used(tmp_path)


def _cloned_anew(used: Used) -> None:
    shutil.rmtree(used.folder)
    repository(used.folder, 2)


def _pruned(used: Used) -> None:
    used.worktree.rename(used.worktree.with_name("moved"))
    git(used.folder, "worktree", "prune")
    used.worktree.with_name("moved").rename(used.worktree)


def _gone(used: Used) -> None:
    shutil.rmtree(used.worktree)


def _gone_and_locked(used: Used) -> None:
    _gone(used)
    git(used.folder, "worktree", "lock", str(used.worktree))


def _killed_while_it_was_made(used: Used) -> None:
    (used.entry / "locked").write_text("initializing")
    (used.worktree / "file").unlink()


def _index_lock(used: Used) -> None:
    (used.entry / "index.lock").write_text("")


def _damaged_index(used: Used) -> None:
    (used.entry / "index").write_text("damage")


def _damaged_head(used: Used) -> None:
    (used.entry / "HEAD").write_text("")


def _no_git_file(used: Used) -> None:
    (used.worktree / ".git").unlink()


def _cut_git_file(used: Used) -> None:
    (used.worktree / ".git").write_bytes(b"gitdir: \xff\n")


def _a_repository_of_its_own(used: Used) -> None:
    (used.worktree / ".git").unlink()
    repository(used.worktree)


def _a_file(used: Used) -> None:
    _gone(used)
    used.worktree.write_text("")


def _a_link(used: Used) -> None:
    used.worktree.rename(used.worktree.with_name("moved"))
    used.worktree.symlink_to("moved")


def _a_link_to_nothing(used: Used) -> None:
    _gone(used)
    used.worktree.symlink_to("nothing")


@pytest.mark.parametrize(
    "damage",
    [
        _cloned_anew,
        _pruned,
        _gone,
        _gone_and_locked,
        _killed_while_it_was_made,
        _index_lock,
        _damaged_index,
        _damaged_head,
        _no_git_file,
        _cut_git_file,
        _a_repository_of_its_own,
        _a_file,
        _a_link,
        _a_link_to_nothing,
    ],
)
def test_a_broken_worktree_heals(
    used: Used, damage: Callable[[Used], None], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(used)
    used.check_out("HEAD")
    assert len(_notes(capsys)) <= 1
    used.check_out("HEAD~1")
    assert _notes(capsys) == []


def test_a_worktree_of_a_person_with_the_same_name_is_left_alone(used: Used) -> None:
    """Git numbers worktrees of one name; a clone that is new begins anew."""
    _cloned_anew(used)
    theirs = used.folder.parent / "theirs/worktree"
    git(used.folder, "worktree", "add", "-q", "-b", "theirs", str(theirs))
    assert (used.entry / "gitdir").read_text().strip() == str(theirs / ".git")
    used.check_out("HEAD~1")
    assert git(theirs, "symbolic-ref", "--short", "HEAD") == "theirs"
    assert (theirs / "file").read_text() == "commit 1"


def test_a_worktree_of_a_person_that_is_not_mounted_is_kept(used: Used) -> None:
    theirs = used.folder.parent / "theirs"
    git(used.folder, "worktree", "add", "-q", "-b", "theirs", str(theirs))
    theirs.rename(theirs.with_name("unmounted"))
    _gone(used)
    used.check_out("HEAD~1")
    theirs.with_name("unmounted").rename(theirs)
    assert git(theirs, "status", "--porcelain") == ""


def test_the_lock_of_the_source_tree_s_own_index_does_not_matter(used: Used) -> None:
    lock = used.folder / ".git/index.lock"
    lock.write_text("")
    used.check_out("HEAD")
    _gone(used)
    used.check_out("HEAD~1")
    assert lock.exists()


def test_what_stays_broken_names_the_folder(used: Used, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: Path) -> None:
        raise PermissionError(13, "Permission denied", str(place))

    _index_lock(used)
    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(CodSpeedError, match=rf"Fix: remove {used.worktree}\.$"):
        _check_out(used.folder, "HEAD", used.worktree)
    _damaged_head(used)
    blob = git(used.folder, "rev-parse", "HEAD:file")
    monkeypatch.undo()
    (used.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(CodSpeedError, match=rf"; if {used.worktree} is in the way, remove it\.$"):
        _check_out(used.folder, "HEAD", used.worktree)


def test_commands_to_type_are_quoted(tmp_path: Path) -> None:
    first, _ = repository(tmp_path / "full", 2)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/full", "a b; x")
    with pytest.raises(CodSpeedError) as caught:
        Store(tmp_path / "a b; x", VARIABLES).commit(first)
    assert caught.value.fix.endswith(f": git -C '{tmp_path}/a b; x' fetch --unshallow")


def test_hooks_and_watchers_of_the_user_do_not_run(used: Used) -> None:
    marks = used.folder.parent / "marks"
    for name in ("post-checkout", "fsmonitor"):
        hook = used.folder / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {marks}\nexit 1\n")
        hook.chmod(0o755)
    git(used.folder, "config", "core.fsmonitor", str(used.folder / ".git/hooks/fsmonitor"))
    used.check_out("HEAD")
    _gone(used)
    used.check_out("HEAD")
    used.worktree.joinpath("left").write_text("")
    used.check_out("HEAD~1")
    assert not marks.exists() or "post-checkout" not in marks.read_text()


# Clones that leave something out.


def test_a_commit_that_is_not_fetched(tmp_path: Path) -> None:
    first, _ = repository(tmp_path / "full", 2)
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path}/full", "shallow")
    shallow = tmp_path / "shallow"
    for name in (first, "HEAD~1"):
        with pytest.raises(CodSpeedError) as caught:
            Store(shallow, VARIABLES).commit(name)
        assert caught.value.fix == (
            f"fetch what this shallow clone leaves out: git -C {shallow} fetch --unshallow"
        )
    git(shallow, "fetch", "-q", "--unshallow")
    _check_out(shallow, first, tmp_path / "worktree")


@pytest.mark.parametrize("name", ["--all", "-1", "--since=1", ""])
def test_what_is_no_name(tmp_path: Path, name: str) -> None:
    repository(tmp_path)
    with pytest.raises(CodSpeedError, match=r"^no commit .* Fix: name one, or fetch it\.$"):
        Store(tmp_path, VARIABLES).commit(name)


def test_a_partial_clone(tmp_path: Path) -> None:
    full, partial, worktree = (tmp_path / name for name in ("full", "partial", "worktree"))
    first, _ = repository(full, 2)
    git(full, "config", "uploadpack.allowFilter", "true")
    git(full, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{full}", "partial")
    full.rename(tmp_path / "away")
    with pytest.raises(CodSpeedError) as caught:
        _check_out(partial, "HEAD~1", worktree)
    assert caught.value.fix == (
        "fetch the files that this partial clone leaves out: "
        f"git -C {partial} diff --stat HEAD {first}"
    )
    (tmp_path / "away").rename(full)
    _check_out(partial, "HEAD~1", worktree)
    assert (worktree / "file").read_text() == "commit 0"


def test_a_sparse_checkout_is_followed(tmp_path: Path) -> None:
    mono, worktree = tmp_path / "mono", tmp_path / "worktree"
    monorepo(mono)
    (mono / "other").mkdir()
    (mono / "other/large").write_text("")
    git(mono, "add", "other")
    git(mono, "commit", "-q", "-m", "other")
    git(mono, "sparse-checkout", "set", "sub")
    for _ in range(2):
        _check_out(mono, "HEAD", worktree)
        assert (worktree / "sub/ws").is_dir()
        assert not (worktree / "other").exists()
    git(mono, "sparse-checkout", "set", "sub", "other")
    _check_out(mono, "HEAD", worktree)
    assert (worktree / "other/large").exists()
    git(mono, "sparse-checkout", "disable")
    commit(mono, "last")
    _check_out(mono, "HEAD", worktree)
    assert (worktree / "file").read_text() == "last"


# Files that git-lfs keeps.

_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"


def _add_large_file(folder: Path, text: str) -> None:
    (folder / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (folder / "a.bin").write_text(text)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "large file")


def _leave_pointers(folder: Path) -> None:
    """As on a machine without git-lfs, whose package configures it for all repositories."""
    for name in ("clean", "smudge", "process"):
        git(folder, "config", f"filter.lfs.{name}", "")
    git(folder, "config", "filter.lfs.required", "false")


def test_pointers_where_the_source_tree_has_the_file(tmp_path: Path) -> None:
    mono = tmp_path / "mono"
    repository(mono)
    _leave_pointers(mono)
    _add_large_file(mono, _POINTER.format("0" * 64, 7))
    (mono / "a.bin").write_text("content")
    with pytest.raises(CodSpeedError) as caught:
        _check_out(mono, "HEAD", tmp_path / "worktree")
    assert caught.value.got == f"pointers instead of a.bin, but the files in {mono}"
    head = git(mono, "rev-parse", "HEAD")
    assert caught.value.fix.endswith(f"git -C {mono} lfs fetch origin {head}")


def test_pointers_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mono = tmp_path / "mono"
    repository(mono)
    _leave_pointers(mono)
    _add_large_file(mono, _POINTER.format("0" * 64, 7))
    _check_out(mono, "HEAD", tmp_path / "worktree")
    (line,) = _notes(capsys)
    assert line.endswith("are pointers of git-lfs, not the files themselves")


def test_a_file_that_git_lfs_keeps_here(tmp_path: Path) -> None:
    if not shutil.which("git-lfs"):
        pytest.skip("no git-lfs on this machine")
    mono, worktree = tmp_path / "mono", tmp_path / "worktree"
    repository(mono)
    git(mono, "lfs", "install", "--local", "--skip-smudge")
    _add_large_file(mono, "content\n")
    assert git(mono, "show", "HEAD:a.bin").startswith(_POINTER[:20])
    _check_out(mono, "HEAD", worktree)
    assert (worktree / "a.bin").read_text() == "content\n"
    _check_out(mono, "HEAD~1", worktree)
    assert not (worktree / "a.bin").exists()
