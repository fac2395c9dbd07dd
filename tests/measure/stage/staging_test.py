"""The stage is its owner's alone, and gets files and folders as they are declared."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation.conditions import set_other_times
from rules_codspeed.measure.stage import staging
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.place import lock
from rules_codspeed.measure.stage.place.lock import locked
from rules_codspeed.measure.stage.staging import copy_files, exclusive_stage
from rules_codspeed.measure.stage.trees import remove_tree, walk

LEVELS = 1100  # Python has 1,000 frames


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    """A folder with one file at its bottom, and one at its top."""
    folder = str(tmp_path / "source")
    os.mkdir(folder)
    for _ in range(LEVELS):
        folder += "/d"
        os.mkdir(folder)
    Path(folder, "bottom").write_text("bottom")
    Path(tmp_path, "source", "top").write_text("top")
    yield tmp_path / "source"
    for name in ("source", "target"):
        remove_tree(f"{tmp_path}/{name}")


def test_deep_folders(source: Path, tmp_path: Path) -> None:
    target = f"{tmp_path}/target"
    copy_files({target: str(source)})
    found = {
        os.path.relpath(f"{at}/{name}", target) for at, names in walk(target) for name in names
    }
    assert found == {"top", "/".join(["d"] * LEVELS) + "/bottom"}
    set_other_times(target, 2)
    assert os.stat(f"{target}/top").st_mtime > os.stat(source / "top").st_mtime


def test_order_is_that_of_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/2", "a/1", "b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    copied: list[str] = []
    target = f"{tmp_path}/target"
    monkeypatch.setattr(staging, "_copy_file", lambda source, target: copied.append(target))
    sources = {"z": f"{tmp_path}/b", "a": f"{tmp_path}/a", "0": f"{tmp_path}/b"}
    copy_files({f"{target}/{name}": source for name, source in sources.items()})
    assert copied == [f"{target}/{name}" for name in ("z", "a/1", "a/2", "0")]


def test_nobody_else_reads_or_writes_it(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        with exclusive_stage(Deadline(60), f"{tmp_path}/stage"):
            assert (tmp_path / "stage").stat().st_mode & 0o777 == 0o700
            # What the program makes is not for others to change, either.
            (tmp_path / "stage/made").touch()
            assert (tmp_path / "stage/made").stat().st_mode & 0o777 == 0o644
        assert not (tmp_path / "stage").exists()
    finally:
        os.umask(mask)


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o700, 0o555])
def test_all_copies_have_one_mode(tmp_path: Path, mode: int) -> None:
    """Where an action runs remotely, Bazel makes all files executable."""
    (tmp_path / "source").touch(mode)
    copy_files({f"{tmp_path}/target": f"{tmp_path}/source", f"{tmp_path}/empty": ""})
    modes = {(tmp_path / name).stat().st_mode & 0o777 for name in ("target", "empty")}
    assert modes == {0o755 & ~_umask()}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_a_killed_measurement_started_is_ended(tmp_path: Path) -> None:
    folder = tmp_path / "stage/w"
    folder.mkdir(parents=True)
    with subprocess.Popen(["sleep", "600"], cwd=folder) as left:
        try:
            with exclusive_stage(Deadline(60), f"{tmp_path}/stage"):
                assert left.wait(60) < 0
        finally:
            left.kill()


def test_one_measurement_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_LONGEST_WAIT_S", 0)
    path = tmp_path / "stage.lock"
    with path.open("w") as other:
        # Even one that only reads keeps others away.
        fcntl.flock(other, fcntl.LOCK_SH)
        with pytest.raises(CodSpeedError, match="another measurement does not end"):
            locked(str(path)).__enter__()
    with locked(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"
