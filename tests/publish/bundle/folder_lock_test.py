"""Locks of folders, with a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.publish.bundle.folder_lock import locked_folder


def test_one_at_a_time_also_under_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    with locked_folder(folder) as locked:
        assert locked
        other = folder.rename(tmp_path / "b")
        with pytest.raises(BlockingIOError), locked_folder(other):
            pass
    with locked_folder(other) as locked:
        assert locked
    assert list(other.iterdir()) == []


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), locked_folder(tmp_path / "none"):
        pass
