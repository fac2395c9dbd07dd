"""Kill -9 before each step: runs that were acknowledged stay, and what is there is whole."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.migrations import STEPS
from rules_codspeed.history.store import add_run, prune, read_run, runs
from rules_codspeed.results.changes import Key, Recorded
from tests.contract.steps import killed_at_each_step, memory_folder, unix_vfs

NUMBERS: dict[Key, Recorded] = {
    ("//a:b", "simulation", "x.cc::y"): Recorded({"Ir": 5}, []),
    ("//a:c", "simulation", "x.cc::y"): Recorded({"Ir": 6}, []),
}
# More than half of them: the trace of statements and the steps of Python come without it.
FEWEST = 40 if unix_vfs() else 15


class Folder:
    """The folder of a history, made anew from a template for each attempt."""

    def __init__(self, tmp_path: Path) -> None:
        self.template = tmp_path / "template"
        self.template.mkdir()
        self.folder = tmp_path / "history"
        self.path = self.folder / "h.sqlite3"

    def prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.template, self.folder)

    def add(self, branch: str, warn: Callable[[str], None]) -> None:
        with opened(self.path, warn) as connection:
            add_run(connection, "//:bench", Measured("a" * 40, branch, True), "", NUMBERS)

    def fill(self, *branches: str) -> None:
        """Fills the template."""
        self.prepare()
        for branch in branches:
            self.add(branch, _silent)
        shutil.rmtree(self.template)
        shutil.copytree(self.folder, self.template)

    def branches(self, warn: Callable[[str], None]) -> list[str]:
        """Returns the branches of all runs, the oldest first; each run is whole."""
        with opened(self.path, warn) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = runs(connection)
            for run in found:
                assert read_run(connection, run.id) == NUMBERS
        return [run.measured.branch for run in reversed(found)]


def _silent(text: str) -> None:
    raise AssertionError(text)


@pytest.fixture
def folder() -> Iterator[Folder]:
    with memory_folder() as place:
        yield Folder(place)


def _append(folder: Folder) -> Callable[[Callable[[str], None]], None]:
    def work(report: Callable[[str], None]) -> None:
        with opened(folder.path, lambda text: report(f"warned: {text}")) as connection:
            add_run(connection, "//:bench", Measured("a" * 40, "new", True), "", NUMBERS)
            report("stored")

    return work


@pytest.mark.parametrize("before", [[], ["old"]])
def test_append(folder: Folder, before: list[str]) -> None:
    if before:
        folder.fill(*before)

    def check(reported: list[str]) -> None:
        found = folder.branches(_silent)
        assert found in ([*before, "new"], before)
        assert found[len(before) :] == ["new"] or "stored" not in reported
        folder.add("next", _silent)
        assert folder.branches(_silent) == [*found, "next"]

    assert killed_at_each_step(folder.prepare, _append(folder), check) >= FEWEST / 2


@pytest.mark.parametrize("damage", ["header", "cut", "text", "empty schema"])
def test_repair(folder: Folder, damage: str) -> None:
    folder.fill("old1", "old2")
    file = folder.template / folder.path.name
    content = bytearray(file.read_bytes())
    if damage == "header":
        content[:16] = b"x" * 16
    elif damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "text":
        content = bytearray(b"no database" * 999)
    else:
        file.unlink()
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        content = bytearray(file.read_bytes())
    file.write_bytes(content)

    def check(reported: list[str]) -> None:
        warned = [text for text in reported if text.startswith("warned: ")]
        found = folder.branches(warned.append)
        assert found in (["new"], [])
        assert found == ["new"] or "stored" not in reported
        (aside,) = folder.folder.glob("h.damaged-*.sqlite3")
        assert aside.read_bytes() == content
        # Whoever moved it has reported it, even if that process was killed.
        assert any(str(aside) in text for text in warned)
        folder.add("next", _silent)
        assert folder.branches(_silent) == [*found, "next"]
        assert len(list(folder.folder.glob("h.damaged-*.sqlite3"))) == 1

    assert killed_at_each_step(folder.prepare, _append(folder), check) >= FEWEST


def test_migration(folder: Folder) -> None:
    folder.fill("old1", "old2")
    with contextlib.closing(sqlite3.connect(folder.template / folder.path.name)) as connection:
        # The schema of the first version.
        connection.execute("DROP INDEX target_by_inputs")
        connection.execute("ALTER TABLE target DROP COLUMN inputs")
        connection.execute("ALTER TABLE target DROP COLUMN numbers")
        connection.execute("PRAGMA user_version = 1")

    def check(reported: list[str]) -> None:
        found = folder.branches(_silent)
        assert found in (["old1", "old2", "new"], ["old1", "old2"])
        assert found[2:] == ["new"] or "stored" not in reported
        folder.add("next", _silent)

    assert killed_at_each_step(folder.prepare, _append(folder), check) >= FEWEST


def test_prune(folder: Folder) -> None:
    folder.fill("old1", "old2", "kept")

    def work(report: Callable[[str], None]) -> None:
        with opened(folder.path, _silent) as connection:
            prune(connection, [run.id for run in runs(connection)][1:])
            report("pruned")

    def check(reported: list[str]) -> None:
        found = folder.branches(_silent)
        assert found in (["old1", "old2", "kept"], ["kept"])
        assert found == ["kept"] or "pruned" not in reported
        folder.add("next", _silent)
        assert folder.branches(_silent) == [*found, "next"]

    assert killed_at_each_step(folder.prepare, work, check) >= FEWEST
