"""What programs leave is removed, whatever it is, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.output_folder import empty_folder
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.stage.trees import remove_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty folder."""
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def deep(folder: Path, levels: int, mode: int = 0o755) -> None:
    """Makes folders within each other; their path may be longer than the kernel takes."""
    back = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    for _ in range(levels):
        Path("file").touch()
        os.mkdir("d")
        parent = os.open(".", os.O_RDONLY)
        os.chdir("d")
        os.fchmod(parent, mode)
        os.close(parent)
    os.fchdir(back)
    os.close(back)


@pytest.mark.parametrize("levels", [1, 1100, 3000])
def test_deep_folders(tree: Path, levels: int) -> None:
    deep(tree, levels)
    (tree / "beside").touch()
    assert remove_tree(str(tree))
    assert not tree.exists()


def test_read_only_folders(tree: Path) -> None:
    deep(tree, 1500, 0o555)
    locked = tree.parent / "locked"
    locked.mkdir(0)
    assert remove_tree(str(tree))
    assert remove_tree(str(locked))
    assert not os.listdir(tree.parent)


def test_nothing_outside_is_touched(tree: Path) -> None:
    outside = tree.parent / "outside"
    outside.mkdir()
    (outside / "file").touch()
    (tree / "link").symlink_to(outside)
    (tree / "itself").symlink_to(tree)
    os.mkfifo(tree / "fifo")
    assert remove_tree(str(tree))
    assert os.listdir(outside) == ["file"]
    (tree.parent / "tree").symlink_to(outside)
    assert remove_tree(str(tree))
    assert os.listdir(outside) == ["file"]


def test_files_and_nothing(tree: Path) -> None:
    (tree / "file").touch()
    assert remove_tree(f"{tree}/file")
    assert remove_tree(f"{tree}/file")
    assert remove_tree(f"{tree}/no/file")
    assert not os.listdir(tree)


def test_the_rest_is_left_when_the_time_is_up(tree: Path) -> None:
    deep(tree, 10)
    assert not remove_tree(str(tree), -1)
    assert tree.exists()
    assert remove_tree(str(tree))


# In name spaces of its own.
MOUNTED = """
import subprocess, sys
sys.path[:0] = sys.argv[2:]
from rules_codspeed.measure.stage.trees import remove_tree
subprocess.run(["mount", "--bind", sys.argv[1] + "/outside", sys.argv[1] + "/tree/d/d"], check=True)
print(remove_tree(sys.argv[1] + "/tree"))
"""


def test_what_is_mounted_is_not_entered(tree: Path) -> None:
    deep(tree, 3)
    (tree.parent / "outside").mkdir()
    (tree.parent / "outside" / "file").touch()
    (tree / "after").touch()
    command = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = ["mount", "--bind", str(tree), str(tree)]
    try:
        subprocess.run([*command, *mount], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no name spaces on this machine: {error}")
    command += [sys.executable, "-c", MOUNTED, str(tree.parent), *sys.path]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ended.stdout == "False\n"
    assert os.listdir(tree.parent / "outside") == ["file"]
    assert os.listdir(tree) == ["d"]


def test_folders_of_the_stage_become_empty(tree: Path) -> None:
    layout = Layout(str(tree))
    deadline = Deadline(60)
    empty_folder(layout, layout.profile, "//a:b", deadline)
    deep(Path(layout.profile), 1100)
    empty_folder(layout, layout.profile, "//a:b", deadline)
    assert os.listdir(layout.profile) == []
    os.rmdir(layout.profile)
    os.symlink("/etc", layout.profile)
    empty_folder(layout, layout.profile, "//a:b", deadline)
    assert os.listdir(layout.profile) == []


def test_a_folder_becomes_empty_when_the_time_is_up(tree: Path) -> None:
    """The run after it reports that, and not the folder."""
    layout = Layout(str(tree))
    (Path(layout.profile) / "d").mkdir(parents=True)
    empty_folder(layout, layout.profile, "//a:b", Deadline(0))
    assert os.listdir(layout.profile) == []


def test_stage_that_was_replaced(tree: Path) -> None:
    layout = Layout(str(tree))
    victim = tree.parent / "victim"
    (victim / "profile").mkdir(parents=True)
    (victim / "profile" / "file").touch()
    tree.rmdir()
    with pytest.raises(CodSpeedError, match="cannot be made empty for the next run of //a:b"):
        empty_folder(layout, layout.profile, "//a:b", Deadline(60))
    tree.symlink_to(victim)
    with pytest.raises(CodSpeedError, match="cannot be made empty for the next run of //a:b"):
        empty_folder(layout, layout.profile, "//a:b", Deadline(60))
    assert (victim / "profile" / "file").exists()
