"""Declared folders of any depth are copied and counted as inputs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.measure.simulation.conditions import set_other_times
from rules_codspeed.measure.stage import staging
from rules_codspeed.measure.stage.staging import copy_files
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
