"""The baseline in the source tree: whole, in its place, and never lost."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import run_entry
from rules_codspeed.judge.update import update
from tests.contract.disks import limited
from tests.contract.steps import killed_at_each_step
from tests.judge.targets import FIND, SORT, SOURCE, config

TODAY = datetime.date(2026, 11, 25)


def test_killed_at_each_step(tmp_path: Path) -> None:
    old = config(tmp_path / "old", {SORT: {"sort": 8000}})
    new = config(tmp_path / "new", {SORT: {"sort": 9000}, FIND: {"find": 5000}})
    workspace = tmp_path / "workspace"
    file = workspace / SOURCE
    file.parent.mkdir(parents=True)
    update(new, workspace, TODAY)
    after = file.read_bytes()
    update(old, workspace, TODAY)
    before = file.read_bytes()
    assert before != after

    def prepare() -> None:
        update(old, workspace, TODAY)

    def work(report: Callable[[str], None]) -> None:
        update(new, workspace, TODAY)
        report("written")

    def check(reported: list[str]) -> None:
        assert file.read_bytes() in ([after] if reported else [before, after])
        assert len(list(file.parent.iterdir())) <= 2

    assert killed_at_each_step(prepare, work, check) >= 7
    update(old, workspace, TODAY)
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    new = config(tmp_path / "new", {SORT: {"sort": 9000}, FIND: {"find": 5000}})
    workspace = tmp_path / "workspace"
    file = workspace / SOURCE
    file.parent.mkdir(parents=True)
    file.symlink_to("elsewhere.json")

    def work() -> str:
        return str(run_entry(lambda: update(new, workspace, TODAY)))

    assert limited(work, 600) == "1"
    (line,) = capfd.readouterr().err.splitlines()
    assert f"{file.resolve()}: File too large: " in line
    assert " bytes are needed. Fix: raise the limit" in line
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert limited(work, 1 << 20) == "0"
    assert file.is_symlink()
    assert file.resolve().is_file()
