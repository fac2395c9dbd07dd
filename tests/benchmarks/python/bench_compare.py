"""Comparing results, and a history of runs."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import History
from rules_codspeed.history.migrations import migrate
from rules_codspeed.history.store import add_run, newest_of, read_run
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.comparison import compare
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.significance import mann_whitney


def numbers(count: int, more: int = 0) -> dict[Key, Recorded]:
    """Returns `count` benchmarks, every tenth of them slower by `more` instructions."""
    return {
        ("//a:b", "simulation", f"x.cc::bench[{i}]"): Recorded(
            {"Ir": 1000 + (0 if i % 10 else more), "estimated_cycles": 3000}
        )
        for i in range(count)
    }


def test_compare(benchmark: Any) -> None:
    before, after = numbers(500), numbers(500, more=100)
    rules = default_rules("simulation")
    changes = benchmark(compare, before, after, lambda label, mode: rules)
    assert sum(one.verdict == "regressed" for one in changes) == 50


def test_mann_whitney(benchmark: Any) -> None:
    before = [100 + (i * 37 % 101) / 10 for i in range(300)]
    after = [100.5 + (i * 53 % 97) / 10 for i in range(300)]
    assert benchmark(mann_whitney, before, after).p_value < 1


def test_newest_run_of_a_history(benchmark: Any) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=History)
    migrate(connection, Path("memory"))
    for number in range(20):
        measured = Measured(f"{number:040x}", "main", clean=True)
        add_run(connection, "//:bench", measured, "0.1.0", numbers(100), now=number)

    def read() -> dict[Key, Recorded]:
        run = newest_of(connection, "//:bench", [f"{number:040x}" for number in (99, 5)])
        assert run
        return read_run(connection, run.id)

    assert len(benchmark(read)) == 100
