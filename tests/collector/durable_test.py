"""What is acknowledged survives a failure of power, and a folder has one collector."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from rules_codspeed.collector.durable import lock, move_durably, part_of, write_durably


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
    monkeypatch.setattr(Path, "replace", recorded_replace)
    write_durably(tmp_path / "file", b"content")
    assert done == ["7 bytes", "name", "folder"]
    done.clear()
    part = part_of(tmp_path / "other")
    part.write_bytes(b"x")
    move_durably(part, tmp_path / "other")
    assert done == ["name", "folder"]


def test_a_lock_has_one_owner(tmp_path: Path) -> None:
    with lock(tmp_path / "lock"), pytest.raises(BlockingIOError):
        lock(tmp_path / "lock")
    lock(tmp_path / "lock").close()
