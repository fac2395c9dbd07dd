"""The Postgres instrument on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import document
from rules_codspeed.contract.instruments.queries import POSTGRES_FILE
from rules_codspeed.measure.instruments.findings import Findings
from rules_codspeed.measure.instruments.postgres.client import QueryError
from rules_codspeed.measure.instruments.postgres.instrument import PostgresInstrument
from rules_codspeed.measure.instruments.postgres.start import start_postgres
from tests.measure.instruments.postgres_server import PASSWORD, Postgres, running_postgres


def _started(dsn: str) -> PostgresInstrument:
    return start_postgres("DSN", dsn, "//b:x")


def _found(findings: Findings) -> dict[str, list[dict[str, Any]]]:
    assert list(findings.files) == [POSTGRES_FILE], findings
    benchmarks = document(findings.files[POSTGRES_FILE])["benchmarks"]
    return {one["uri"]: one["queries"] for one in benchmarks}


def test_each_benchmark_has_its_own_queries(postgres: Postgres) -> None:
    instrument = _started(postgres.dsn)
    with postgres.session() as program:
        program.query("CREATE TABLE IF NOT EXISTS shop (id int PRIMARY KEY, name text)", 5)
        program.query("INSERT INTO shop SELECT i, 'x' FROM generate_series(1, 500) i", 5)
        instrument.opened()
        for number in range(3):
            program.query(f"SELECT count(*) FROM shop WHERE id = {number}", 5)
        instrument.closed()
        instrument.named("b.py::first")
        program.query("SELECT 'between benchmarks'", 5)
        instrument.opened()
        program.query("SELECT * FROM shop", 5)
        program.query("SELECT * FROM shop", 5)
        instrument.closed()
        instrument.named("b.py::second")
        found = _found(instrument.finish(lambda uri: f"pkg/{uri}"))
        (version,) = program.query("SHOW server_version_num", 5)[0]
    instrument.close()
    assert list(found) == ["pkg/b.py::first", "pkg/b.py::second"]
    (first,) = found["pkg/b.py::first"]
    assert first["sql"] == "SELECT count(*) FROM shop WHERE id = $1"
    assert (first["calls"], first["rows"]) == (3, 3)
    if int(version or 0) >= 160000:
        assert first["plan"][0]["Plan"]["Node Type"] == "Aggregate"
    else:
        assert first["plan"] is None
    (second,) = found["pkg/b.py::second"]
    assert (second["sql"], second["calls"], second["rows"]) == ("SELECT * FROM shop", 2, 1000)
    assert second["shared_blks_hit"] + second["shared_blks_read"] >= 2
    assert second["plan"][0]["Plan"]["Relation Name"] == "shop"


def test_windows_of_one_benchmark_are_added_up(postgres: Postgres) -> None:
    instrument = _started(postgres.by_socket)
    with postgres.session() as program:
        for _ in range(3):
            instrument.opened()
            program.query("SELECT 'a window'", 5)
            instrument.closed()
        instrument.named("x")
        instrument.named("without a window")
        # As repetitions are reported.
        for _ in range(2):
            instrument.opened()
            for _ in range(2):
                program.query("SELECT 'b', 1", 5)
            instrument.closed()
            instrument.named("x")
    findings = instrument.finish(str)
    found = _found(findings)
    assert [(one["sql"], one["calls"]) for one in found["x"]] == [
        ("SELECT $1, $2", 4),
        ("SELECT $1", 3),
    ]
    assert found["without a window"] == []
    assert len(document(findings.files[POSTGRES_FILE])["benchmarks"]) == 2


def test_what_cannot_be_explained_has_no_plan_and_nothing_is_changed(postgres: Postgres) -> None:
    instrument = _started(postgres.by_socket)
    with postgres.session() as program:
        program.query("CREATE TABLE IF NOT EXISTS kept (id int)", 5)
        program.query("DELETE FROM kept", 5)
        instrument.opened()
        program.query("CREATE TEMPORARY TABLE own (id int)", 5)
        program.query("INSERT INTO kept SELECT count(*) FROM own", 5)
        instrument.closed()
        instrument.named("x")
        found = {one["sql"]: one for one in _found(instrument.finish(str))["x"]}
        assert program.query("SELECT count(*) FROM kept", 5) == [["1"]]
    assert found["CREATE TEMPORARY TABLE own (id int)"]["plan"] is None
    # The table is of another session.
    assert found["INSERT INTO kept SELECT count(*) FROM own"]["plan"] is None


def test_a_statement_that_calls_what_writes_cannot(postgres: Postgres) -> None:
    instrument = _started(postgres.by_socket)
    with pytest.raises(QueryError, match="read-only"):
        instrument._session.query("CREATE TABLE never (id int)", 5)


def test_a_server_that_goes_away_leaves_benchmarks_without_queries(postgres: Postgres) -> None:
    instrument = _started(postgres.dsn)
    instrument.opened()
    with postgres.session() as other:
        other.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'rules_codspeed' AND pid <> pg_backend_pid()",
            5,
        )
    instrument.closed()
    instrument.named("x")
    findings = instrument.finish(str)
    assert not findings.files
    (remark,) = findings.remarks
    assert remark.startswith("no queries of PostgreSQL: ")


def test_a_query_that_is_late_ends_the_session(postgres: Postgres) -> None:
    with postgres.session() as session, pytest.raises(TimeoutError):
        session.query("SELECT pg_sleep(5)", 0.1)


@pytest.mark.parametrize(
    ("dsn", "got", "fix"),
    [
        ("mysql://x", "neither a URI", "correct DSN"),
        ("postgresql://me@127.0.0.1:1/x", "refused", "start the server that DSN names"),
        ("postgresql://me@no-such-host.invalid/x", "known", "start the server that DSN names"),
    ],
)
def test_errors_without_a_server(dsn: str, got: str, fix: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        _started(dsn)
    assert got in caught.value.got
    assert fix in caught.value.fix


def test_a_wrong_password(postgres: Postgres) -> None:
    with pytest.raises(CodSpeedError) as caught:
        _started(postgres.dsn.replace("s3cret", "guessed"))
    assert "password authentication failed" in caught.value.got
    assert caught.value.fix == "correct user and password"
    assert "guessed" not in str(caught.value)


def test_a_user_who_may_not(postgres: Postgres) -> None:
    with postgres.session() as session:
        session.query("DROP ROLE IF EXISTS plain", 5)
        session.query(f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'", 5)
    with pytest.raises(CodSpeedError) as caught:
        _started(postgres.dsn.replace("//postgres:", "//plain:"))
    assert "permission denied" in caught.value.got
    assert caught.value.fix == "connect as a superuser"


def test_a_server_without_the_library() -> None:
    with running_postgres(preload="") as server, pytest.raises(CodSpeedError) as caught:
        _started(server.by_socket)
    assert "shared_preload_libraries" in caught.value.fix


@pytest.mark.parametrize("method", ["md5", "password"])
def test_older_ways_to_authenticate(postgres: Postgres, method: str) -> None:
    with postgres.session() as session:
        session.query("SET password_encryption = 'md5'", 5)
        session.query("DROP ROLE IF EXISTS older", 5)
        session.query(f"CREATE ROLE older SUPERUSER LOGIN PASSWORD '{PASSWORD}'", 5)
        rules = (
            f"host all older all {method}\nhost all all all scram-sha-256\nlocal all all trust\n"
        )
        file = Path(session.query("SHOW hba_file", 5)[0][0] or "")
        before = file.read_text()
        file.write_text(rules)
        session.query("SELECT pg_reload_conf()", 5)
        session.query("SELECT pg_sleep(0.3)", 5)
        try:
            dsn = postgres.dsn.replace("//postgres:", "//older:")
            _started(dsn).close()
        finally:
            file.write_text(before)
            session.query("SELECT pg_reload_conf()", 5)
