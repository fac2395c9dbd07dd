"""A file is complete or absent."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.output import atomic
from rules_codspeed.contract.output.atomic import new_file, replace_folder, sync_tree
from rules_codspeed.contract.output.parts import is_part, part_file, part_folder, remove_parts
from tests.contract.steps import killed_at_each_step


def test_has_no_name_until_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with new_file(path) as file:
        file.write(b"content")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [path]


def test_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def write_half() -> None:
        with new_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions(tmp_path: Path) -> None:
    def written(name: str, private: bool) -> int:
        with new_file(tmp_path / name, private=private) as file:
            file.write(b"content")
        return (tmp_path / name).stat().st_mode & 0o777

    (tmp_path / "usual").write_text("")
    usual = (tmp_path / "usual").stat().st_mode & 0o777
    assert written("mine", private=True) == 0o600
    assert written("new", private=False) == usual
    (tmp_path / "closed").write_text("")
    (tmp_path / "closed").chmod(0o640)
    assert written("closed", private=False) == 0o640


def test_a_link_in_our_own_folders_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to("mine")
    with new_file(tmp_path / "link") as file:
        file.write(b"content")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize("before", [None, b"before"])
def test_killed_at_each_step(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "file"
    content = b"content" * 5000

    def prepare() -> None:
        path.unlink(missing_ok=True)
        if before:
            path.write_bytes(before)

    def work(report: Callable[[str], None]) -> None:
        with new_file(path) as file:
            file.write(content)
        report("written")

    def check(reported: list[str]) -> None:
        found = path.read_bytes() if path.exists() else None
        assert found in (before, content)
        assert found == content or reported == []
        # At most one, of the last attempt; the next one removes it.
        left = [one for one in tmp_path.iterdir() if one != path]
        assert len(left) <= 1
        assert all(is_part(one.name) for one in left)

    # Opened, locked, written twice (by halves), synced, renamed, its folder synced.
    assert killed_at_each_step(prepare, work, check) >= 7


def test_it_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, replace = os.fsync, os.replace
    done: list[str] = []

    def recorded_sync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        done.append("folder" if stat.S_ISDIR(found.st_mode) else f"{found.st_size} bytes")
        sync(descriptor)

    def recorded_replace(one: Path, other: Path) -> None:
        done.append("name")
        replace(one, other)

    monkeypatch.setattr(os, "fsync", recorded_sync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    with new_file(tmp_path / "file") as file:
        file.write(b"content")
    assert done == ["7 bytes", "name", "folder"]
    done.clear()
    (tmp_path / "new/below").mkdir(parents=True)
    (tmp_path / "new/below/file").write_bytes(b"123")
    sync_tree(tmp_path / "new")
    assert sorted(done) == ["3 bytes", "folder", "folder"]


def test_what_does_not_reach_the_disk_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/file").touch()

    def failing_sync(descriptor: int) -> None:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", failing_sync)
    with pytest.raises(OSError, match="Input/output error"):
        sync_tree(tmp_path)


def test_only_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    mine = [".rules_codspeed-0123456789abcdef.part.txt", ".rules_codspeed-1.part", "x.part"]
    for name in mine:
        (tmp_path / name).touch()
    left = tmp_path / f".rules_codspeed-{'0' * 16}.part"
    left.touch()
    folder = tmp_path / f".rules_codspeed-{'1' * 16}.part"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").touch()
    link = tmp_path / f".rules_codspeed-{'2' * 16}.part"
    link.symlink_to("kept")
    with part_file(tmp_path) as (live, _), part_folder(tmp_path) as live_folder:
        remove_parts(tmp_path)
        assert live.exists()
        assert live_folder.exists()
        there = {*mine, "kept", link.name, live.name, live_folder.name}
        assert {one.name for one in tmp_path.iterdir()} == there
    assert {one.name for one in tmp_path.iterdir()} == {*mine, "kept", link.name}
    assert (tmp_path / "kept/file").exists()
    remove_parts(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may remove files of others")
def test_what_another_user_left_stays(tmp_path: Path) -> None:
    left = tmp_path / f".rules_codspeed-{'0' * 16}.part"
    left.touch()
    try:
        os.chown(left, 65534, 65534)
    except OSError as error:  # as in a sandbox, where there is one user
        pytest.skip(f"no file can be given away: {error}")
    remove_parts(tmp_path)
    assert left.exists()


def test_a_part_that_was_removed_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    removed: list[str] = []

    def remove_first(descriptor: int, operation: int) -> None:
        if not removed:
            (part,) = tmp_path.iterdir()
            removed.append(part.name)
            os.unlink(part)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with new_file(tmp_path / "file") as file:
        file.write(b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert len(removed) == 1


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(atomic, "_exchanged", lambda one, other: False)
    for name in ("new", "folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_folder(tmp_path / "folder", tmp_path / "new", tmp_path / "old")
    assert [one.name for one in (tmp_path / "folder").iterdir()] == ["new"]
    assert (tmp_path / "old/folder").exists() or can_exchange
    (tmp_path / "second").mkdir()
    replace_folder(tmp_path / "third", tmp_path / "second", tmp_path / "old2")
    assert (tmp_path / "third").is_dir()
