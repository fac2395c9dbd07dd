"""Reports that wait to be drawn, and those that cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.collector.pages import reports as module
from rules_codspeed.collector.pages.drawing import Drawing
from rules_codspeed.collector.pages.reports import Drawn, Reports
from rules_codspeed.collector.recent import Recent
from rules_codspeed.collector.store import Store, open_store
from tests.collector.server import serve, until
from tests.collector.uploads import simulation

RUNS = 4


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of some runs, each of a commit of its own."""
    data = tmp_path_factory.mktemp("reports") / "data"
    with serve(data) as server:
        for number in range(RUNS):
            sent = simulation({"1.out": b""}, run=str(number), commitHash=f"{number:040x}")
            assert sent.put(server.client).is_success
    with open_store(data) as opened:
        yield opened


class Drawer:
    """Draws nothing until it is let, and then what it is told.

    Attributes:
      fault: why it cannot.
    """

    def __init__(self) -> None:
        self.files: list[Path] = []
        self.let = threading.Event()
        self.fault = ""

    def draw(self, drawing: Drawing) -> str:
        self.let.wait()
        self.files.append(Path(drawing.report))
        if not self.fault:
            self.files[-1].touch()
        return self.fault


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Drawer]:
    found = Drawer()
    monkeypatch.setattr(module, "_draw", found.draw)
    yield found
    found.let.set()


def test_few_wait(
    store: Store, drawer: Drawer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_WAITING", 1)
    reports = Reports(store, tmp_path)
    groups = [group for run in store.index.newest(RUNS) if (group := reports.group(run))]
    assert len(groups) == RUNS

    def ask() -> list[Drawn]:
        return [reports.drawn(one) for one in groups]

    assert all(one.waiting for one in ask())
    drawer.let.set()
    # One is drawn and one waits, at most; the others are when somebody looks again.
    until(lambda: len(drawer.files) >= 1)
    assert len(drawer.files) <= 2
    until(lambda: not any(one.waiting for one in ask()))
    assert len(drawer.files) == len({*drawer.files}) == RUNS


def test_a_fault_is_stated_and_then_tried_again(
    store: Store, drawer: Drawer, tmp_path: Path
) -> None:
    reports = Reports(store, tmp_path)
    group = reports.group(store.index.newest(1)[0])
    assert group
    drawer.let.set()
    drawer.fault = "No space left on device"
    stated: list[str] = []

    def tried(times: int) -> bool:
        found = reports.drawn(group)
        stated.extend(filter(None, [found.fault]))
        return len(drawer.files) >= times

    until(lambda: tried(2))
    assert {*stated} == {drawer.fault}
    drawer.fault = ""
    until(lambda: reports.drawn(group).file.exists())


def test_a_server_that_never_ends_keeps_little(
    store: Store, drawer: Drawer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    reports = Reports(store, tmp_path)
    groups = [group for run in store.index.newest(RUNS) if (group := reports.group(run))]
    drawer.let.set()

    def drawn() -> set[Path]:
        return {reports.drawn(one).file for one in groups}

    first = drawn()
    until(lambda: all(one.exists() for one in first))
    # What it forgot it finds again.
    assert drawn() == first
    for one in groups:
        reports.verdict(one)
    kept = [one for one in vars(reports).values() if isinstance(one, Recent)]
    assert [len(vars(one)["_kept"]) for one in kept] == [0, 2, 2, 0]


def test_what_is_recent_is_kept() -> None:
    recent: Recent[str, int] = Recent(2)
    assert [recent.keep(name, number) for number, name in enumerate("ab")] == [0, 1]
    assert recent.get("a") == 0
    recent.keep("c", 2)
    assert [recent.get(name) for name in "abc"] == [0, None, 2]
    assert [recent.take("c"), recent.take("c")] == [2, None]
