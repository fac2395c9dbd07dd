"""The Postgres instrument on a real Bazel, with a real PostgreSQL of Debian."""

from __future__ import annotations

import contextlib
import json
import tarfile
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from tests.e2e.bazel import Bazel, git, scratch_root
from tests.e2e.cluster.cluster import running
from tests.e2e.cluster.database import PASSWORD
from tests.e2e.cluster_test import PYTHON_MODULE
from tests.e2e.consumer_test import copy_consumer
from tests.e2e.publish_test import TOKEN, collector, holding, stored
from tests.publish.environments import load_environment

_BENCH = """
import os
from rules_codspeed.measure.instruments.postgres.client import Session
from rules_codspeed.measure.instruments.postgres.dsn import parse_dsn

session = Session(parse_dsn(os.environ["SHOP_DSN"]))
session.query("DROP TABLE IF EXISTS shop", 5)
rows = "SELECT i AS id, i % 7 AS kind FROM generate_series(1, 999) i"
session.query(f"CREATE TABLE shop AS {rows}", 5)


def test_by_id(benchmark):
    print("connected to", os.environ["SHOP_DSN"])
    benchmark.pedantic(lambda: session.query("SELECT * FROM shop WHERE id = 7", 5), rounds=3)


def test_by_kind(benchmark):
    query = "SELECT kind, count(*) FROM shop GROUP BY kind"
    benchmark.pedantic(lambda: session.query(query, 5), rounds=4)
"""
_BUILD = """
load("@rules_python//python:py_binary.bzl", "py_binary")

py_binary(
    name = "shop_bench",
    testonly = True,
    srcs = ["shop_bench.py"],
    # Empty files would hide our package, whose client is used here.
    legacy_create_init = 0,
    deps = [
        "@codspeed_py//:pytest_codspeed",
        "@rules_codspeed//py/rules_codspeed/measure/instruments",
    ],
)

codspeed_benchmark(
    name = "shop",
    binary = ":shop_bench",
    instruments = ["postgres"],
    modes = ["walltime"],
    postgres_dsn_env_name = "SHOP_DSN",
)

codspeed_suite(
    name = "shops",
    benchmarks = [":shop"],
)
"""
_WALLTIME = "--@rules_codspeed//rules/settings:modes=walltime"


class DatabasesTest(unittest.TestCase):
    """Measures queries."""

    bazel: ClassVar[Bazel]
    dsn: ClassVar[str]
    scratch: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        _, port = stack.enter_context(running("database"))
        cls.dsn = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
        cls.scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch_root())))
        workspace = cls.scratch / "widgets"
        copy_consumer(workspace)
        for name, text in [("MODULE.bazel", PYTHON_MODULE), ("BUILD.bazel", _BUILD)]:
            with (workspace / name).open("a", encoding="utf-8") as file:
                file.write(text)
        (workspace / "shop_bench.py").write_text(_BENCH, encoding="utf-8")
        git(workspace, "init", "-q")
        git(workspace, "add", "-A")
        git(workspace, "commit", "-qm", "Begin")
        cls.bazel = stack.enter_context(Bazel(workspace))

    @contextlib.contextmanager
    def offered(self) -> Iterator[None]:
        """Puts commands behind with_secrets."""
        script = self.scratch / "with_secrets"
        self.bazel.run("run", f"--script_path={script}", "@rules_codspeed//tools:with_secrets")
        before = self.bazel.environment
        self.bazel.within = [str(script), "SHOP_DSN", "--"]
        self.bazel.environment = {**before, "SHOP_DSN": self.dsn}
        try:
            yield
        finally:
            self.bazel.within, self.bazel.environment = (), before

    def test_queries_of_each_benchmark(self) -> None:
        data = self.scratch / "collected"
        with collector(self.bazel, data) as url:
            workspace = self.bazel.workspace
            self.bazel.environment = {
                **load_environment("gitlab_push", self.scratch, workspace),
                "CI_PROJECT_DIR": str(workspace),
                "CODSPEED_TOKEN": TOKEN,
                "CODSPEED_UPLOAD_URL": f"{url}/upload",
                "XDG_STATE_HOME": str(self.scratch),
            }
            report = self.scratch / "report.html"
            with self.offered():
                self.bazel.run("run", _WALLTIME, "//:shops", "--", f"--report={report}")
        results = json.loads(self.bazel.output("shop_walltime.results.json").read_bytes())
        self.check_queries({one["uri"]: one["queries"] for one in results["benchmarks"]})
        (metadata,) = stored(data)
        self.assertEqual(metadata["runner"]["instruments"], ["Postgres"])
        (archive,) = (data / "archives").iterdir()
        with tarfile.open(archive) as opened:
            file = opened.extractfile("instruments/postgres.json")
            assert file
            written = json.load(file)
        self.check_queries({one["uri"]: one["queries"] for one in written["benchmarks"]})
        # The password is nowhere: output base, workspace, collector.
        for folder in (self.bazel.output_base, self.scratch):
            self.assertEqual(holding(folder, PASSWORD), [])

    def check_queries(self, found: dict[str, list[dict[str, Any]]]) -> None:
        """Shows that each benchmark has its own query, with counts and plan."""
        uris = ["shop_bench.py::test_by_id", "shop_bench.py::test_by_kind"]
        self.assertEqual(list(found), uris)
        (by_id,), (by_kind,) = (found[uri] for uri in uris)
        self.assertEqual(by_id["sql"], "SELECT * FROM shop WHERE id = $1")
        self.assertGreaterEqual(by_id["calls"], 3)
        self.assertEqual(by_id["rows"], by_id["calls"])
        self.assertEqual(by_id["plan"][0]["Plan"]["Relation Name"], "shop")
        self.assertEqual(by_kind["rows"], 7 * by_kind["calls"])
        self.assertEqual(by_kind["plan"][0]["Plan"]["Node Type"], "Aggregate")

    def test_nobody_offers_the_variable(self) -> None:
        flag = "--@rules_codspeed//rules/settings:remeasure=without"
        run = self.bazel.run("build", _WALLTIME, flag, "//:shop", succeeds=False)
        self.assertIn("//:shop needs the value of the variable SHOP_DSN", run.stderr)

    def test_no_key_has_the_value(self) -> None:
        with self.offered():
            shown = self.bazel.run(
                "aquery", _WALLTIME, 'mnemonic("CodSpeedWalltime", deps(//:shop))'
            )
        self.assertNotIn(PASSWORD, shown.stdout)
        self.assertIn("requires-network", shown.stdout)
        self.assertIn("no-cache", shown.stdout)


if __name__ == "__main__":
    unittest.main()
