"""The same inputs with other numbers: found, dated, and never mixed up with other inputs."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.migrations import STEPS, migrate
from rules_codspeed.history.repeatability import unrepeatable
from rules_codspeed.history.store import add_run, prune, read_run, runs
from rules_codspeed.results.changes import Key, Recorded

_CLEAN = Measured("a" * 40, "main", clean=True)
_DAY = 24 * 3600


@pytest.fixture
def connection() -> History:
    made = sqlite3.connect(":memory:", isolation_level=None, factory=History)
    made.execute("PRAGMA foreign_keys = ON")
    migrate(made, Path("memory"))
    return made


def _run(connection: History, day: int, count: int, inputs: str, **more: str) -> int:
    mode = more.pop("mode", "simulation")
    metric = "median_ns" if mode == "walltime" else "Ir"
    key: Key = (more.pop("label", "//a:b"), mode, "x.cc::y")
    numbers = {key: Recorded({metric: count}, [], more, inputs)}
    return add_run(connection, "//:bench", _CLEAN, "0.1.0", numbers, now=day * _DAY)


def test_since_when_numbers_do_not_repeat(connection: History) -> None:
    first = [_run(connection, 1, 100, "d1"), _run(connection, 2, 100, "d1")]
    assert unrepeatable(connection) == []
    third = _run(connection, 3, 101, "d1")
    fourth = _run(connection, 4, 100, "d1")
    (found,) = unrepeatable(connection)
    assert (found.label, found.mode, found.runs) == ("//a:b", "simulation", (third, fourth))
    assert str(found) == (
        "//a:b (simulation) is not repeatable: the same inputs give other numbers since run 3 of "
        "1970-01-04"
    )
    assert unrepeatable(connection, first[1]) == []
    assert unrepeatable(connection, fourth) == [found]
    prune(connection, first)
    (found,) = unrepeatable(connection)
    assert found.runs == (fourth,)


@pytest.mark.parametrize(
    ("inputs", "more"),
    [
        ("d2", {}),
        ("", {}),
        ("d1", {"cpu": "other"}),
        ("d1", {"label": "//a:c"}),
        ("d1", {"mode": "walltime"}),
    ],
)
def test_other_measurements_are_not_held_against_it(
    connection: History, inputs: str, more: dict[str, str]
) -> None:
    of_walltime = {"mode": more["mode"]} if "mode" in more else {}
    _run(connection, 1, 100, inputs and "d1", **of_walltime)
    _run(connection, 2, 101, inputs, **more)
    assert unrepeatable(connection) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["", "d1", "d2"])), max_size=8))
def test_any_history(measured: list[tuple[int, str]]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=History)
    migrate(connection, Path("memory"))
    numbers = [_run(connection, 1, count, inputs) for count, inputs in measured]
    found = {run for one in unrepeatable(connection) for run in one.runs}
    for at, (run, (count, inputs)) in enumerate(zip(numbers, measured, strict=True)):
        same = [other for other, its in measured[: at + 1] if its == inputs]
        assert (run in found) == (inputs != "" and len(set(same)) > 1), count


_PACKED = zlib.compress(b'{"x.cc::y": {"metrics": {"Ir": 5}, "rounds_ns": []}}')


def _first_version(path: Path) -> None:
    """Makes a history as the first version of the schema left it, with one run."""
    with sqlite3.connect(path) as old:
        for statement in STEPS[0]:
            old.execute(statement)
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO run VALUES (1, 5, '//:bench', 'aa', 'main', 1, '0.1.0', 1)")
        packed = "x'" + _PACKED.hex() + "'"
        old.execute(f"INSERT INTO target VALUES (1, '//a:b', 'simulation', '{{}}', {packed})")


def test_a_history_of_the_first_version_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    _first_version(path)
    with opened(path, print) as connection:
        assert [run.id for run in runs(connection)] == [1]
        (one,) = read_run(connection, 1).values()
        assert (one.metrics, one.inputs) == ({"Ir": 5}, "")
        number = _run(connection, 2, 6, "d1")
        assert unrepeatable(connection) == []
        (one,) = read_run(connection, number).values()
        assert one.inputs == "d1"
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
