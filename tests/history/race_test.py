"""Processes that make, repair and use one history at once: nothing that was stored is lost."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import random
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.lock import HistoryLock
from rules_codspeed.history.store import add_run, runs
from rules_codspeed.results.changes import Key, Recorded

ONE: dict[Key, Recorded] = {("//:a", "simulation", "a.c::f"): Recorded({"Ir": 1})}


def _store(path: Path, branch: str) -> None:
    with opened(path, lambda text: None) as connection:
        add_run(connection, "//:s", Measured("f" * 40, branch, True), "1", ONE)


def _branches(path: Path) -> set[str]:
    with opened(path, lambda text: None) as connection:
        return {run.measured.branch for run in runs(connection)}


def _forked(work: Callable[[], object]) -> int:
    """Works in a process of its own; returns its number. It ends with status 0 if all went well."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return pid


def _status(pid: int) -> int:
    return os.waitpid(pid, 0)[1]


def test_who_saw_the_damage_before_looks_again(tmp_path: Path) -> None:
    """The other process repairs and stores when this one has decided to repair."""
    path = tmp_path / "h.sqlite3"
    path.write_bytes(b"no database" * 999)

    def second() -> None:
        done = False

        def first_comes_between(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal done
            takes_lock = event == "fcntl.flock" and arguments[1] & fcntl.LOCK_EX
            if not done and (takes_lock or event == "os.rename"):
                done = True
                if takes_lock:
                    # The kernel gives a share back before it waits for the whole.
                    fcntl.flock(arguments[0], fcntl.LOCK_UN)
                assert _status(_forked(lambda: _store(path, "first"))) == 0

        sys.addaudithook(first_comes_between)
        _store(path, "second")
        assert done

    assert _status(_forked(second)) == 0
    assert _branches(path) == {"first", "second"}
    assert len(list(tmp_path.glob("h.damaged-*.sqlite3"))) == 1


def test_nobody_is_refused_while_another_makes_the_history(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    start, starts = os.pipe()
    says, say = os.pipe()

    def second() -> None:
        def waits(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "fcntl.flock":
                os.write(say, b"waits")

        assert os.read(start, 1)
        sys.addaudithook(waits)
        try:
            _store(path, "second")
        finally:
            os.write(say, b"ended")

    # Before this process has anything open.
    pid = _forked(second)
    with (
        open(f"{path}.lock", "wb") as lock,
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as maker,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        maker.execute("BEGIN EXCLUSIVE")
        maker.execute("CREATE TABLE unfinished (x)")
        os.write(starts, b"s")
        assert os.read(says, 5) == b"waits"
        maker.execute("ROLLBACK")
    assert _status(pid) == 0
    assert _branches(path) == {"second"}


@pytest.mark.parametrize("number", range(8))
def test_a_damaged_history_that_several_open(tmp_path: Path, number: int) -> None:
    path = tmp_path / "h.sqlite3"
    for count in range(20):
        _store(path, f"old{count}")
    path.write_bytes(_damaged(path.read_bytes(), number % 4, random.Random(number)))

    def store(process: int) -> None:
        for count in range(2):
            _store(path, f"process{process}run{count}")

    processes = [_forked(functools.partial(store, one)) for one in range(2 + number % 3)]
    assert [_status(pid) for pid in processes] == [0] * len(processes)
    stored = {f"process{one}run{count}" for one in range(len(processes)) for count in range(2)}
    assert stored <= _branches(path)
    assert len(list(tmp_path.glob("h.damaged-*.sqlite3"))) <= 1


def _damaged(content: bytes, kind: int, chance: random.Random) -> bytes:
    data = bytearray(content)
    if kind == 0:
        return b"not a database at all" * 100
    if kind == 1:
        data[:16] = b"x" * 16
    elif kind == 2:
        del data[len(data) // 2 :]
    else:
        for _ in range(200):
            data[chance.randrange(100, len(data))] = chance.randrange(256)
    return bytes(data)


def test_a_lock_that_is_not_given_back_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with HistoryLock(path) as other, HistoryLock(path, wait_s=0) as own:
        other.share()
        own.share()
        with pytest.raises(HistoryError, match=r"is in use\. Got: another process that has "):
            own.own()
        own.share()
    with HistoryLock(path, wait_s=0) as other, HistoryLock(path, wait_s=0) as own:
        own.own()
        with pytest.raises(HistoryError, match="is in use"):
            other.share()
