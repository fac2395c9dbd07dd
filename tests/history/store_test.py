"""The database: whole runs, many writers, kill -9, damage, versions."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import History, opened
from rules_codspeed.history.errors import HistoryError
from rules_codspeed.history.migrations import STEPS
from rules_codspeed.history.store import add_run, newest_of, prune, read_run, runs
from rules_codspeed.history.transaction import transaction
from rules_codspeed.results.changes import Key, Recorded
from tests.contract.disks import fill, small_disk

SUITE = "//:bench"
CLEAN = Measured("a" * 40, "main", clean=True)
NUMBERS: dict[Key, Recorded] = {
    ("//a:b", "simulation", "x.cc::y"): Recorded(
        {"Ir": 5}, [], {"platform": "linux_x86_64"}, "d1", {"Ir": 2}
    ),
    ("//a:b", "walltime", "x.cc::y"): Recorded({"median_ns": 1.5}, [[1.0, 2.0]], {"cpu": "z"}),
}


def _silent(text: str) -> None:
    raise AssertionError(text)


def test_what_is_stored_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "h.sqlite3"
    with opened(path, _silent) as connection:
        number = add_run(connection, SUITE, CLEAN, "0.1.0", NUMBERS, now=12.7)
    with opened(path, _silent) as connection:
        (run,) = runs(connection)
        assert (run.id, run.time, run.suite, run.measured) == (number, 12, SUITE, CLEAN)
        assert (run.rules_version, run.benchmarks) == ("0.1.0", 2)
        assert read_run(connection, number) == NUMBERS


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.tuples(
            st.text(max_size=5), st.sampled_from(["simulation", "walltime"]), st.text(max_size=9)
        ),
        st.builds(
            Recorded,
            st.dictionaries(st.text(max_size=5), st.integers(0, 10**21 - 1) | st.floats(0, 1e20)),
            st.lists(st.lists(st.floats(0, 1e20), max_size=3), max_size=2),
        ),
        max_size=6,
    )
)
def test_any_numbers(benchmarks: dict[Key, Recorded]) -> None:
    from rules_codspeed.history.migrations import migrate

    surrogates = any("\ud800" <= c <= "\udfff" for key in benchmarks for part in key for c in part)
    if surrogates:
        return
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=History)
    migrate(connection, Path("memory"))
    assert read_run(connection, add_run(connection, SUITE, CLEAN, "", benchmarks)) == benchmarks


def test_the_newest_clean_run_of_the_best_commit(tmp_path: Path) -> None:
    with opened(tmp_path / "h", _silent) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)
        newest = add_run(connection, SUITE, CLEAN, "", NUMBERS)
        add_run(connection, SUITE, Measured("a" * 40, "main", clean=False), "", NUMBERS)
        add_run(connection, "//:other", CLEAN, "", NUMBERS)
        add_run(connection, SUITE, Measured("b" * 40, "main", clean=True), "", NUMBERS)
        found = newest_of(connection, SUITE, ["c" * 40, "a" * 40, "b" * 40])
        assert found
        assert found.id == newest
        assert newest_of(connection, SUITE, ["c" * 40]) is None
        assert newest_of(connection, SUITE, []) is None


def test_platforms_are_kept_apart(tmp_path: Path) -> None:
    """A run counts for each platform that it measured on, if only for some of its targets."""
    key = ("//a:b", "simulation", "x.cc::y")
    arm = {key: Recorded({"Ir": 7}, [], {"platform": "linux_aarch64", "mode": "simulation"})}
    other = {("//a:c", "simulation", "x.cc::z"): arm[key]}
    with opened(tmp_path / "h", _silent) as connection:
        first = add_run(connection, SUITE, CLEAN, "", NUMBERS)
        second = add_run(connection, SUITE, CLEAN, "", arm)

        def found(*platforms: str) -> tuple[int, list[int]]:
            newest = newest_of(connection, SUITE, [CLEAN.commit], platforms)
            listed = runs(connection, SUITE, platforms=platforms)
            return newest.id if newest else 0, [run.id for run in listed]

        assert found("linux_x86_64") == (first, [first])
        assert found("linux_aarch64") == (second, [second])
        assert found("linux_aarch64", "linux_x86_64") == found() == (second, [second, first])
        assert found("linux") == (0, [])
        both = add_run(connection, SUITE, CLEAN, "", NUMBERS | other)
        assert found("linux_x86_64") == (both, [both, first])
        assert found("linux_aarch64") == (both, [both, second])


def test_pruned_runs_take_their_numbers_along(tmp_path: Path) -> None:
    with opened(tmp_path / "h", _silent) as connection:
        numbers = [add_run(connection, SUITE, CLEAN, "", NUMBERS) for _ in range(3)]
        prune(connection, numbers[:2])
        assert [run.id for run in runs(connection)] == numbers[2:]
        assert connection.execute("SELECT count(*) FROM target").fetchone() == (2,)


@pytest.mark.parametrize("content", [b"no database" * 999, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damage_is_kept_aside_and_reported(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "h.sqlite3"
    path.write_bytes(content)
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)
    (text,) = messages
    assert text.startswith(f"The history {path} was damaged (")
    (aside,) = tmp_path.glob("h.damaged-*.sqlite3")
    assert str(aside) in text
    assert aside.read_bytes() == content
    with opened(path, _silent) as connection:
        assert len(runs(connection)) == 1


def test_damage_that_shows_later(tmp_path: Path) -> None:
    """As where the disk loses a page while the history is open."""
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)

    def lose_pages() -> None:
        with opened(path, _silent) as connection:
            connection.execute("PRAGMA shrink_memory")
            path.write_bytes(b"\xff" * path.stat().st_size)
            runs(connection)

    with pytest.raises(HistoryError, match=r"is damaged.* it is kept as "):
        lose_pages()
    assert not path.exists()
    assert list(tmp_path.glob("h.damaged-*.sqlite3"))
    with opened(path, _silent) as connection:
        assert runs(connection) == []


def test_what_another_process_repaired_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)

    def lose_pages_of_a_file_that_was_moved() -> None:
        with opened(path, _silent) as connection:
            connection.execute("PRAGMA shrink_memory")
            path.rename(tmp_path / "aside")
            path.write_bytes(b"new")
            (tmp_path / "aside").write_bytes(b"\xff" * 4096)
            runs(connection)

    with pytest.raises(HistoryError, match="another process has repaired it"):
        lose_pages_of_a_file_that_was_moved()
    assert path.read_bytes() == b"new"


def test_a_full_database_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)
    many: dict[Key, Recorded] = {
        ("//a:b", "simulation", f"x.cc::{i}"): Recorded({"Ir": i * i}) for i in range(9999)
    }

    def fill() -> None:
        with opened(path, _silent) as connection:
            connection.execute("PRAGMA max_page_count = 8")
            add_run(connection, SUITE, CLEAN, "", many)

    with pytest.raises(HistoryError) as caught:
        fill()
    assert f"{path} cannot be used. Got: database or disk is full: the run needs about " in str(
        caught.value
    )
    assert not list(tmp_path.glob("*damaged*"))
    with opened(path, _silent) as connection:
        assert [read_run(connection, run.id) for run in runs(connection)] == [NUMBERS]


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path, 1 << 20) as disk:
        path = disk / "state" / "h.sqlite3"
        with opened(path, _silent) as connection:
            add_run(connection, SUITE, CLEAN, "", NUMBERS)
        fill(disk)
        for _ in range(2):
            with (
                pytest.raises(HistoryError, match=f"the history {path} cannot be used"),
                opened(path, _silent) as connection,
            ):
                add_run(connection, SUITE, CLEAN, "", NUMBERS)
            assert not list(path.parent.glob("*damaged*"))
        with pytest.raises(HistoryError, match="cannot be used"), opened(disk / "new/h", _silent):
            pass
        (disk / "all").unlink()
        with opened(path, _silent) as connection:
            assert [read_run(connection, run.id) for run in runs(connection)] == [NUMBERS]


def test_runs_are_removed_where_there_is_no_room_for_a_copy(tmp_path: Path) -> None:
    messages: list[str] = []
    chance = random.Random(1)
    # Random numbers cannot be compressed: a run takes about 45 kB.
    numbers: dict[Key, Recorded] = {
        ("//a:b", "simulation", f"{i}"): Recorded({"Ir": chance.randrange(10**20)})
        for i in range(3000)
    }
    with small_disk(tmp_path, 1_600_000) as disk:
        for _ in range(20):
            with opened(disk / "h.sqlite3", _silent) as connection:
                add_run(connection, SUITE, CLEAN, "", numbers)
        with opened(disk / "h.sqlite3", messages.append) as connection:
            prune(connection, [1, 2])
            assert [run.id for run in runs(connection)] == list(range(20, 2, -1))
    (text,) = messages
    assert text.startswith("The history stays as large as it was (database or disk is full): ")


def test_a_locked_database_is_not_damaged(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection, opened(path, _silent) as other:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)
        with transaction(connection):
            other.execute("PRAGMA busy_timeout = 0")
            with pytest.raises(sqlite3.OperationalError, match="locked") as caught:
                add_run(other, SUITE, CLEAN, "", NUMBERS)
    with (
        pytest.raises(HistoryError, match=r"cannot be used\. Got: database is locked"),
        opened(path, _silent),
    ):
        raise caught.value
    with opened(path, _silent) as connection:
        assert len(runs(connection)) == 1
    assert not list(tmp_path.glob("*damaged*"))


def test_it_is_written_for_good_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "state" / "h.sqlite3"
    with opened(path, _silent) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("version", [-1, 0, 1, 123456789])
def test_a_schema_number_of_damaged_bytes(tmp_path: Path, version: int) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        assert runs(connection) == []
    (text,) = messages
    assert "was damaged" in text


@pytest.mark.parametrize("target", ["disk/h.sqlite3", "h.sqlite3"])
def test_a_link_that_leads_nowhere_stays(tmp_path: Path, target: str) -> None:
    """The history may be on a disk that is not there today: none begins in its place."""
    path = tmp_path / "h.sqlite3"
    path.symlink_to(tmp_path / target)
    message = r"cannot be used\. Got: a link to .*h\.sqlite3, where"
    with pytest.raises(HistoryError, match=message), opened(path, _silent):
        raise AssertionError
    assert path.is_symlink()


def test_a_journal_without_its_database(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    Path(f"{path}-wal").write_bytes(b"of a history that was removed")
    with opened(path, _silent) as connection:
        add_run(connection, SUITE, CLEAN, "", NUMBERS)
    with opened(path, _silent) as connection:
        assert len(runs(connection)) == 1
    assert len(list(tmp_path.glob("h.damaged-*.sqlite3-wal"))) == 1


def test_a_newer_version_s_history_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, _silent) as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    with pytest.raises(HistoryError, match="is of a newer rules_codspeed"), opened(path, _silent):
        pass
    assert path.exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="cannot be used"), opened(tmp_path / "file/h", _silent):
        pass


_WRITER = """
import sys
from pathlib import Path
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.store import add_run
from rules_codspeed.results.changes import Recorded
numbers = {("//a:b", "simulation", f"x::{i}"): Recorded({"Ir": i}) for i in range(200)}
for _ in range(int(sys.argv[2])):
    with opened(Path(sys.argv[1]), print) as connection:
        add_run(connection, "//:bench", Measured("a" * 40, "main", True), "", numbers)
        print("stored", flush=True)
"""


def _writer(path: Path, count: int) -> subprocess.Popen[str]:
    environment = {"PYTHONPATH": ":".join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    writers = [_writer(path, 5) for _ in range(4)]
    for writer in writers:
        out, _ = writer.communicate(timeout=60)
        assert (out, writer.returncode) == ("stored\n" * 5, 0)
    with opened(path, _silent) as connection:
        assert len(runs(connection)) == 20
        assert {run.benchmarks for run in runs(connection)} == {200}


def test_a_killed_writer_leaves_whole_runs(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    writer = _writer(path, 10_000)
    assert writer.stdout
    stored = [writer.stdout.readline() for _ in range(3)]
    assert stored == ["stored\n"] * 3
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    with opened(path, _silent) as connection:
        found = runs(connection)
        assert len(found) >= 3
        for run in found:
            assert len(read_run(connection, run.id)) == 200
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
