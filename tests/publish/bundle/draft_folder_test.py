"""Drafts go with their process; what a killed one leaves is removed, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.publish.bundle.draft_folder import draft_folder, remove_stale

MAKE = """
import sys
from pathlib import Path
from rules_codspeed.publish.bundle.draft_folder import draft_folder
with draft_folder(Path(sys.argv[1])) as folder:
    (folder / "part-0").mkdir()
    (folder / "part-0/archive.tar").write_bytes(b"x")
    (folder / ".rules_codspeed-0123456789abcdef.part").touch()
    print("made", flush=True)
    sys.stdin.read()
"""


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_draft_is_removed_unless_it_was_renamed(tmp_path: Path) -> None:
    with draft_folder(tmp_path) as folder:
        assert folder.name.startswith(".codspeed-")
        (folder / "x").touch()
    assert names(tmp_path) == []
    with draft_folder(tmp_path) as folder:
        folder.rename(tmp_path / "kept")
    assert names(tmp_path) == ["kept"]


def test_draft_of_a_killed_process_is_removed_after_an_hour(tmp_path: Path) -> None:
    command = [sys.executable, "-c", MAKE, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"made\n"
        (folder,) = tmp_path.iterdir()
        made = folder.stat().st_mtime
        remove_stale(tmp_path, lambda: made + 9e9)
        assert names(tmp_path) == [folder.name], "its process lives"
        process.kill()
    remove_stale(tmp_path, lambda: made + 3599)
    assert names(tmp_path) == [folder.name]
    remove_stale(tmp_path, lambda: made + 3601)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        (".codspeed-profiles", "part-0"),
        (".codspeed-profiles", "bundle.json"),
        (".codspeed-abcd1234x", "part-0"),
        ("codspeed-abcd1234", "part-0"),
    ],
)
def test_other_folders_stay(tmp_path: Path, folder: str, file: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / file).touch()
    (tmp_path / folder / "notes.txt").touch()
    remove_stale(tmp_path, lambda: 9e9)
    assert names(tmp_path / folder) == sorted([file, "notes.txt"])


def test_links_and_files_stay(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "part-0").touch()
    (tmp_path / ".codspeed-abcd1234").symlink_to(mine)
    (tmp_path / ".codspeed-abcd1235").touch()
    remove_stale(tmp_path, lambda: 9e9)
    assert names(mine) == ["part-0"]
    assert len(names(tmp_path)) == 3


def test_missing_parent_stays_missing(tmp_path: Path) -> None:
    remove_stale(tmp_path / "none")
    assert names(tmp_path) == []
