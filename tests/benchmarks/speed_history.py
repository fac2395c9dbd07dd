"""Comparing 10,000 benchmarks and storing them, and a history of 1,000 runs of 1,000 benchmarks."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.store import add_run, newest_of, read_run, runs
from rules_codspeed.results.comparison import compare
from rules_codspeed.results.limits import default_rules
from tests.benchmarks.python.bench_compare import numbers

_COMPARE_S = 2.0
_OPEN_S = 0.3
_STORE_S = 1.0


def run() -> None:
    """Measures, and prints each time beside its limit."""
    before, after = numbers(10_000), numbers(10_000, more=100)
    start = time.perf_counter()
    compare(before, after, lambda label, mode: default_rules(mode))
    _show("10,000 benchmarks compared", time.perf_counter() - start, _COMPARE_S)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.sqlite3")
        _fill(path)
        start = time.perf_counter()
        with opened(path, print) as connection:
            found = newest_of(connection, "//:bench", [f"{500:040x}"])
            assert found
            assert len(read_run(connection, found.id)) == 1000
            assert len(runs(connection)) == 1000
        _show("history of 1,000 runs opened", time.perf_counter() - start, _OPEN_S)
        start = time.perf_counter()
        with opened(path, print) as connection:
            add_run(connection, "//:bench", Measured("f" * 40, "main", True), "0", before)
        _show("10,000 benchmarks stored in it", time.perf_counter() - start, _STORE_S)


def _fill(path: Path) -> None:
    with opened(path, print) as connection:
        # This file is thrown away: it need not be flushed to the disk.
        connection.execute("PRAGMA synchronous = OFF")
        add_run(connection, "//:bench", Measured(f"{0:040x}", "main", True), "0", numbers(1000))
        for number in range(1, 1000):
            _copy(connection, number)


def _copy(connection: History, number: int) -> None:
    """Stores the first run once more, for another commit."""
    cursor = connection.execute(
        "INSERT INTO run (time, suite, hash, branch, clean, rules_version, benchmarks) "
        "SELECT time + ?, suite, ?, branch, clean, rules_version, benchmarks FROM run WHERE id = 1",
        (number, f"{number:040x}"),
    )
    connection.execute(
        "INSERT INTO target (run, label, mode, conditions, benchmarks) "
        "SELECT ?, label, mode, conditions, benchmarks FROM target WHERE run = 1",
        (cursor.lastrowid,),
    )


def _show(what: str, seconds: float, limit: float) -> None:
    verdict = "under" if seconds < limit else "OVER"
    print(f"{what:40} {seconds:6.3f} s  {verdict} {limit} s")
