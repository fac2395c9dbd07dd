"""Folders of their own in place of /tmp, and what killed processes leave of them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.measure.stage.place import own_tmp


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Stands for /tmp."""
    if not own_tmp.can_have_own(str(tmp_path), []):
        pytest.skip("unshare is refused here")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("needed", "can"),
    [
        ("elsewhere/file", True),
        ("elsewhere/new", True),
        ("tmp/file", False),
        ("tmp/new", False),
        ("elsewhere/link", False),
        ("tmp/link/file", False),
    ],
)
def test_what_a_process_needs(tmp_path: Path, folder: str, needed: str, can: bool) -> None:
    """None of it may be below the folder, or be found by a link that is."""
    del folder
    for name in ("tmp", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "elsewhere/link").symlink_to(tmp_path / "tmp/file")
    (tmp_path / "tmp/link").symlink_to(tmp_path / "elsewhere")
    assert own_tmp.can_have_own(str(tmp_path / "tmp"), [str(tmp_path / needed)]) == can


def _forked(run: Callable[[], None]) -> int:
    """Runs a function in a process that ends with it, whose mounts are then gone."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            run()
            status = 0
        finally:
            os._exit(status)
    return pid


@pytest.mark.parametrize(("module", "before"), [(os, "open"), (fcntl, "flock")])
def test_others_remove_leftovers_meanwhile(
    folder: str, monkeypatch: pytest.MonkeyPatch, module: Any, before: str
) -> None:
    """What is new, and not yet locked, they take for one."""
    original, others = getattr(module, before), 0

    def slow(*arguments: Any, **named: Any) -> Any:
        nonlocal others
        # The folder is there, since what is opened or locked first stands for /tmp.
        if os.listdir(folder) and not others:
            others = 1
            assert os.waitpid(_forked(remove), 0)[1] == 0
        return original(*arguments, **named)

    def remove() -> None:
        monkeypatch.undo()
        own_tmp.remove_leftovers(folder)

    def use() -> None:
        monkeypatch.setattr(module, before, slow)
        with own_tmp.own(folder):
            assert os.listdir(folder) == []
            Path(folder, "file").touch()

    assert os.waitpid(_forked(use), 0)[1] == 0
    assert os.listdir(folder) == []


def test_a_killed_process(folder: str) -> None:
    """The program that it was measuring has started others, which go on."""
    start, started = os.pipe()

    def measure() -> None:
        with own_tmp.own(folder):
            program = f"{folder}/stage/program"
            os.mkdir(f"{folder}/stage")
            shutil.copy(shutil.which("sleep") or "", program)
            child = subprocess.Popen([program, "1000"], cwd="/")
            os.write(started, b"%d" % child.pid)
            child.wait()

    driver = _forked(measure)
    program = int(os.read(start, 20))
    own_tmp.remove_leftovers(folder)
    assert len(os.listdir(folder)) == 1
    os.kill(driver, 9)
    os.waitpid(driver, 0)
    own_tmp.remove_leftovers(folder)
    assert os.listdir(folder) == []
    deadline = time.monotonic() + 10
    while Path(f"/proc/{program}/exe").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
