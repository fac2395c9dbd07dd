"""A damaged row costs that row: the others are read, and a person hears of it once."""

from __future__ import annotations

import io
import json
import sqlite3
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.history.commits import Measured
from rules_codspeed.history.database import opened
from rules_codspeed.history.main import run_command
from rules_codspeed.history.options import parser
from rules_codspeed.history.place import history_file
from rules_codspeed.history.repeatability import spreads, unrepeatable
from rules_codspeed.history.rows import run_of, unpacked
from rules_codspeed.history.store import add_run, newest_of, read_run, runs
from rules_codspeed.results.changes import Key, Recorded
from tests.history.repositories import VARIABLES

CLEAN = Measured("a" * 40, "main", clean=True)
BAD: Key = ("//a:bad", "simulation", "x.cc::y")
GOOD: Key = ("//a:good", "simulation", "x.cc::y")
NUMBERS = {BAD: Recorded({"Ir": 5}, [], {}, "d1"), GOOD: Recorded({"Ir": 6}, [], {}, "d2")}


def _benchmarks(text: str) -> bytes:
    return zlib.compress(text.encode())


def _metrics(text: str) -> bytes:
    return _benchmarks(f'{{"x.cc": {{"metrics": {text}, "rounds_ns": []}}}}')


_NUMBER = "Input should be a number from 0 to below 10^21"
DAMAGE: list[tuple[str, object, str]] = [
    ("conditions", '{"cpu": 1}', "cpu: Input should be a valid string, got 1"),
    ("conditions", "7", "conditions: Input should be an object, got 7"),
    ("conditions", "[1]", "conditions: Input should be an object"),
    ("conditions", '{"a": "1", "a": "2"}', "conditions: the key 'a' occurs twice"),
    ("conditions", b"{}", "its conditions are not text"),
    ("inputs", b"d1", "its inputs are not text"),
    ("benchmarks", _benchmarks("[]"), "benchmarks: Input should be an object"),
    ("benchmarks", _benchmarks('{"x.cc": {"metrics": {}}}'), "x.cc.rounds_ns: Field required"),
    ("benchmarks", _metrics('{"Ir": NaN}'), "x.cc.metrics.Ir: NaN is not a number of JSON"),
    ("benchmarks", _metrics('{"Ir": "many"}'), f"x.cc.metrics.Ir: {_NUMBER}, got 'many'"),
    ("benchmarks", _metrics('{"Ir": 1, "Ir": 2}'), "x.cc.metrics: the key 'Ir' occurs twice"),
    ("benchmarks", _metrics("[1]"), "x.cc.metrics: Input should be an object"),
    ("benchmarks", _metrics("null"), "x.cc.metrics: Input should be an object"),
    (
        "benchmarks",
        _metrics(f'{{"Ir": 1{"0" * 5000}}}'),
        "x.cc.metrics.Ir: a number of 5,001 digits",
    ),
    ("benchmarks", _benchmarks("[" * 100_000), "benchmarks: more than 127 levels"),
    (
        "benchmarks",
        _benchmarks('{"x.cc": {"metrics": {}, "rounds_ns": [[-1.5]]}}'),
        f"x.cc.rounds_ns[0][0]: {_NUMBER}, got -1.5",
    ),
    ("benchmarks", zlib.compress(b"\xff\xfe"), "benchmarks: not JSON: byte 0 is not UTF-8"),
    ("benchmarks", _benchmarks("{}")[:-2], "its benchmarks are cut off"),
    ("benchmarks", b"", "its benchmarks are cut off"),
    ("benchmarks", b"text", "its benchmarks cannot be decompressed"),
    ("benchmarks", "text", "its benchmarks are not bytes"),
]
DAMAGED_RUNS = [
    ("time", "soon", "its time is 'soon'"),
    ("time", -1, "its time is -1"),
    ("time", 10**15, f"its time is {10**15}"),
    ("time", 1.5, "its time is 1.5"),
    ("suite", b"\xff\xfe", "its suite, commit, branch or version is not text"),
    ("branch", b"\xff\xfe", "its suite, commit, branch or version is not text"),
    ("rules_version", 0.5, ""),
    ("clean", 7, "it is neither clean nor changed"),
    ("benchmarks", "many", "its number of benchmarks is none"),
]


@pytest.mark.parametrize(("column", "value", "fault"), DAMAGE, ids=range(len(DAMAGE)))
def test_of_a_target(tmp_path: Path, column: str, value: object, fault: str) -> None:
    path = tmp_path / "h.sqlite3"
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        first = add_run(connection, "//:bench", CLEAN, "", NUMBERS)
        connection.execute(f"UPDATE target SET {column} = ? WHERE label = ?", (value, BAD[0]))
        second = add_run(connection, "//:bench", CLEAN, "", NUMBERS)
    with opened(path, messages.append) as connection:
        assert read_run(connection, first) == {GOOD: NUMBERS[GOOD]}
        assert read_run(connection, first) == {GOOD: NUMBERS[GOOD]}
        assert read_run(connection, second) == NUMBERS
        assert [run.id for run in runs(connection)] == [second, first]
        for one in unrepeatable(connection):
            assert spreads(connection, one)
    (text,) = messages
    start = f"Run {first} of //a:bad (simulation) in the history is damaged and left out: "
    assert text.startswith(start)
    assert fault in text
    assert not list(tmp_path.glob("*damaged*"))


@pytest.mark.parametrize(("column", "value", "fault"), DAMAGED_RUNS)
def test_of_a_run(tmp_path: Path, column: str, value: object, fault: str) -> None:
    path = tmp_path / "h.sqlite3"
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        first, second = (add_run(connection, "//:bench", CLEAN, "", NUMBERS) for _ in range(2))
        add_run(connection, "//:bench", CLEAN, "", {BAD: Recorded({"Ir": 7}, inputs="d1")})
        cast = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
        connection.execute(f"UPDATE run SET {column} = {cast} WHERE id = ?", (value, second))
    with opened(path, messages.append) as connection:
        left = [3, second, first] if not fault else [3, first]
        assert [run.id for run in runs(connection)] == left
        newest = newest_of(connection, "//:bench", ["a" * 40])
        assert newest
        assert newest.id == 3
        assert [one.since[:11] for one in unrepeatable(connection)] == ["since run 3"]
    assert len(messages) == bool(fault)
    for text in messages:
        assert text.startswith(f"Run {second} in the history is damaged and left out: ")
        assert fault in text


@pytest.mark.parametrize("column", ["label", "mode", "inputs", "conditions"])
def test_text_that_is_not_utf_8(tmp_path: Path, column: str) -> None:
    path = tmp_path / "h.sqlite3"
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        run = add_run(connection, "//:bench", CLEAN, "", NUMBERS)
        add_run(connection, "//:bench", CLEAN, "", {BAD: Recorded({"Ir": 7}, inputs="d1")})
        connection.execute(
            f"UPDATE target SET {column} = CAST(x'22ff22' AS TEXT) WHERE label = ?", (BAD[0],)
        )
    with opened(path, messages.append) as connection:
        assert read_run(connection, run) == {GOOD: NUMBERS[GOOD]}
        assert unrepeatable(connection) == [] or column == "conditions"
    (text,) = messages
    assert text.isascii()


def test_commands_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variables = {**VARIABLES, "XDG_STATE_HOME": str(tmp_path / "state")}
    path = history_file(tmp_path, variables)
    with opened(path, print) as connection:
        add_run(connection, "//:bench", CLEAN, "", NUMBERS, now=5)
        connection.execute("UPDATE target SET benchmarks = x'' WHERE label = ?", (BAD[0],))

    def run(*arguments: str) -> str:
        out = io.StringIO()
        run_command(parser().parse_args(arguments), tmp_path, variables, out)
        return out.getvalue()

    assert run("show", "1").splitlines()[1:] == ["//a:good (simulation)  x.cc::y  Ir 6"]
    (exported,) = run("export", "-").splitlines()
    assert [one["label"] for one in json.loads(exported)["benchmarks"]] == ["//a:good"]
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 2
    assert "Run 1 of //a:bad (simulation) in the history is damaged and left out" in errors[0]
    assert run("list").startswith("    1  1970-01-01 00:00  aaaaaaaaaa main  //:bench")


_VALUES = st.sampled_from([None, -1, 0, 1, 5, 10**15, 1.5, "", "a", "\ud800", b"", b"a"])


@given(st.lists(_VALUES, min_size=8, max_size=8))
def test_any_row_of_a_run(row: list[object]) -> None:
    try:
        run = run_of(row)
    except DocumentError:
        return
    assert 0 <= run.time < 10**12
    run.suite.encode()


@given(
    _VALUES | st.text().map(lambda text: "{" + text),
    _VALUES,
    _VALUES
    | st.binary().map(zlib.compress)
    | st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["metrics", "rounds_ns", "Ir"]), inner)
        ),
    ).map(lambda value: zlib.compress(json.dumps({"x": value}).encode())),
)
def test_any_row_of_a_target(conditions: object, inputs: object, content: object) -> None:
    try:
        benchmarks = unpacked([conditions, inputs, content])
    except DocumentError:
        return
    assert all(isinstance(one, Recorded) for one in benchmarks.values())


def test_a_row_that_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rules_codspeed.history.rows._LARGEST", 1000)
    assert unpacked(["{}", "", _benchmarks("{}" + " " * 998)]) == {}
    with pytest.raises(DocumentError, match="larger than 1,000 bytes"):
        unpacked(["{}", "", _benchmarks("{}" + " " * 999)])


def test_bytes_of_a_schema_that_are_not_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    with opened(path, print) as connection:
        add_run(connection, "//:bench", CLEAN, "", NUMBERS)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE target", b"CREATE TA\x84\xff tar\xd4get"))
    messages: list[str] = []
    with opened(path, messages.append) as connection:
        assert runs(connection) == []
    (text,) = messages
    assert "was damaged" in text


def test_a_value_that_the_schema_forbids_costs_its_row(tmp_path: Path) -> None:
    """As where bytes of a value are damaged: SQLite's own check finds that, too."""
    path = tmp_path / "h.sqlite3"
    with opened(path, print) as connection:
        add_run(connection, "//:bench", CLEAN, "", NUMBERS)
        second = add_run(connection, "//:bench", CLEAN, "", NUMBERS)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '')")
    raw.commit()
    raw.close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE run SET suite = NULL WHERE id = 1")
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_master SET sql = replace(sql, 'suite TEXT ', 'suite TEXT NOT NULL')")
    raw.commit()
    raw.close()
    raw = sqlite3.connect(path)
    assert "NULL value in run.suite" in str(raw.execute("PRAGMA quick_check").fetchall())
    raw.close()
    messages: list[str] = []
    with opened(path, messages.append) as history:
        assert [run.id for run in runs(history)] == [second]
    (text,) = messages
    assert text.startswith("Run 1 in the history is damaged and left out")
