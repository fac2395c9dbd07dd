"""Benchmarks that query a real PostgreSQL, observed by the Postgres instrument."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rules_codspeed
from rules_codspeed.contract.instruments.secret import PARENT
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from tests.measure.instruments.postgres_server import Postgres, running_postgres
from tests.measure.timed.offering import offering
from tests.measure.timed.timed_target import Timed, TimedTarget

Make = Callable[..., TimedTarget]

_IMPORTS = str(Path(rules_codspeed.__file__).parents[1])
_SECRET = "BENCH_DSN_OF_A_TEST"

# The client under test is its own program here: it needs nothing that is not there.
_BENCH = f"""
import os, sys
sys.path.append({_IMPORTS!r})
from rules_codspeed.measure.instruments.postgres.client import Session
from rules_codspeed.measure.instruments.postgres.dsn import parse_dsn

DSN = os.environ["{_SECRET}"]
session = Session(parse_dsn(DSN))
session.query("CREATE TEMPORARY TABLE IF NOT EXISTS shop AS SELECT 1 AS id", 5)

def test_one(benchmark):
    print("connected to", DSN)
    benchmark.pedantic(lambda: session.query("SELECT id FROM shop", 5), rounds=4)

def test_two(benchmark):
    benchmark.pedantic(lambda: session.query("SELECT 'two' UNION SELECT 'x'", 5), rounds=3)
"""
_URIS = ["pkg/bench_pg.py::test_one", "pkg/bench_pg.py::test_two"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A real server."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def bench(python_timed: Make) -> Callable[..., TimedTarget]:
    """Makes targets with the instrument."""

    def make(source: str = _BENCH, **changes: object) -> TimedTarget:
        instruments = [{"name": "postgres", "variable": _SECRET}]
        sources = {"_main/pkg/bench_pg.py": source}
        return python_timed(sources, "-s", instruments=instruments, **changes)

    return make


def _time(target: TimedTarget, dsn: str) -> Timed:
    """Measures while a variable is offered."""
    with offering({_SECRET: dsn}, PARENT):
        return target.time()


def _files(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("profiler", ["perf", "none"])
def test_queries_of_benchmarks(
    bench: Callable[..., TimedTarget], postgres: Postgres, profiler: str, tmp_path: Path
) -> None:
    ended = _time(bench(profiler=profiler), postgres.dsn).succeeded()
    (process,) = ended.walltime["processes"]
    assert list(process["queries"]) == _URIS
    (one,), (two,) = (process["queries"][uri] for uri in _URIS)
    # Rounds, and what pytest-codspeed runs before and after them.
    assert one["sql"] == "SELECT id FROM shop"
    assert one["calls"] >= 4
    assert one["rows"] == one["calls"]
    assert two["sql"] == "SELECT $1 UNION SELECT $2"
    assert two["rows"] == 2 * two["calls"]
    profile = tmp_path / "profile"
    with (tmp_path / "harvest.log").open("w") as log:
        harvest(ended.folder / "raw", profile, Log(log))
    document = json.loads((profile / "instruments/postgres.json").read_text())
    assert [list(one) for one in document["benchmarks"]] == [["uri", "queries"]] * 2
    assert [one["uri"] for one in document["benchmarks"]] == _URIS
    assert document["benchmarks"][0]["queries"] == process["queries"][_URIS[0]]
    secret = postgres.dsn.encode()
    assert f"connected to <{_SECRET}>" in ended.log
    found = {**_files(ended.folder), **_files(profile)}
    assert [path for path, content in found.items() if secret in content] == []
    assert "dwarf" not in " ".join(ended.provenance["arguments"])


def test_nobody_offers_the_secret(bench: Callable[..., TimedTarget]) -> None:
    ended = bench().time()
    assert ended.status == 1
    assert f"needs the value of the variable {_SECRET}" in ended.stderr
    assert "with_secrets" in ended.stderr


def test_no_server(bench: Callable[..., TimedTarget]) -> None:
    ended = _time(bench(), "postgresql://me:s3cret@127.0.0.1:1/x")
    # Not the benchmark's fault: the action fails, and is not cached.
    assert ended.status == 1
    assert "the Postgres instrument of //pkg:bench cannot start" in ended.stderr
    assert "s3cret" not in ended.stderr


def test_a_secret_in_a_failure(bench: Callable[..., TimedTarget], postgres: Postgres) -> None:
    source = _BENCH + "\n\ndef test_fails(benchmark):\n    raise ValueError(DSN)\n"
    ended = _time(bench(source), postgres.dsn)
    assert postgres.dsn not in ended.stderr
    secret = postgres.dsn.encode()
    found = [path for path, content in _files(ended.folder).items() if secret in content]
    assert found == []
    assert f"<{_SECRET}>" in json.dumps(ended.unmeasured)
