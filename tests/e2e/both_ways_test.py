"""What a workspace builds and runs of this repository is the same with MODULE.bazel and WORKSPACE.

Neither way has a .bazelrc, be it this repository's or one of its own. The first is built as the
newest Bazel does by default, the second as Bazel 8, the last that reads WORKSPACE.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import tempfile
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from tests.e2e.bazel import (
    REPOSITORY,
    WORKSPACE_MODE,
    Bazel,
    git,
    own_comparisons,
    scratch_root,
    without_inputs,
)
from tests.e2e.consumer_test import copy_consumer, measured
from tests.e2e.publish_test import collector
from tests.report.html.unpacked import blocks

WAYS = {
    "MODULE.bazel": ["--config=next"],
    "WORKSPACE": ["--config=bazel8", *WORKSPACE_MODE],
}

_REGRESSION_TEST = """
load("@rules_codspeed//rules:defs.bzl", "codspeed_regression_test")

codspeed_regression_test(
    name = "regression_test",
    baseline = "fib.baseline.json",
    benchmark = ":fib",
)
"""


class BothWaysTest(unittest.TestCase):
    """One workspace, and a server for each way."""

    scratch: ClassVar[Path]
    workspace: ClassVar[Path]
    servers: ClassVar[dict[str, Bazel]]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch_root())))
        cls.workspace = cls.scratch / "consumer"
        copy_consumer(cls.workspace)
        with (cls.workspace / "BUILD.bazel").open("a", encoding="utf-8") as build:
            build.write(_REGRESSION_TEST)
        git(cls.workspace, "init", "-q", "-b", "main")
        git(cls.workspace, "add", ".")
        git(cls.workspace, "commit", "-q", "-m", "first")
        startup = [f"--bazelrc={REPOSITORY}/tools/next.bazelrc"]
        cls.servers = {
            way: stack.enter_context(
                Bazel(
                    cls.workspace,
                    flags=flags,
                    startup=startup,
                    environment={"XDG_STATE_HOME": f"{cls.scratch}/{way}"},
                )
            )
            for way, flags in WAYS.items()
        }

    def each_way(self) -> Iterator[tuple[str, Bazel]]:
        """Yields the ways with their servers, each as a subtest."""
        for way, bazel in self.servers.items():
            with self.subTest(way):
                yield way, bazel

    def test_measurements(self) -> None:
        found = []
        for _, bazel in self.servers.items():
            bazel.run("build", "//:bench_profiles", "//:paths_profiles")
            # What a runfiles library costs depends on how many repositories it may see.
            measured(bazel, "locate_files")
            names = ["fib", "count_file", "count_files"]
            found.append(
                {
                    name: {file: without_inputs(content) for file, content in files.items()}
                    for name, files in ((name, measured(bazel, name)) for name in names)
                }
            )
        self.assertEqual(found[0], found[1])
        self.assertIn("1.out", found[0]["fib"])
        # The program itself has checked that files are there, and variables the same.
        provenance = json.loads(found[0]["count_files"]["provenance"])
        self.assertEqual(
            provenance["command"],
            [
                "count",
                "odd file's name.txt",
                "../rules_codspeed/MODULE.bazel",
                "--",
                "_main/odd file's name.txt",
                "rules_codspeed/MODULE.bazel",
            ],
        )

    def test_archives_are_fetched_anew_as_the_program_that_inspects_them_changes(self) -> None:
        for _, bazel in self.each_way():
            bazel.run("build", "//:fib")
            (marker,) = (bazel.output_base / "external").glob("@*codspeed_valgrind_*.marker")
            self.assertIn("tools/archives/contents.py ", marker.read_text(encoding="utf-8"))

    def test_every_target_is_analysed(self) -> None:
        for _, bazel in self.each_way():
            bazel.run("build", "--nobuild", "//...")

    def test_suite_with_report_and_history(self) -> None:
        for way, bazel in self.each_way():
            report = self.scratch / f"{way}.html"
            run = bazel.run("run", "//:bench", "--", f"--report={report}")
            self.assertIn("fib_bench.c::fib", run.stdout)
            self.assertIn("fib_bench.c::fib", str(blocks(report.read_text(encoding="utf-8"))))
            listed = bazel.run("run", "@rules_codspeed//tools:history", "--", "list").stdout
            self.assertRegex(listed, r"\A.*main.*  //:bench  2 benchmarks\n\Z")

    def test_regression_test_and_its_update(self) -> None:
        for _, bazel in self.each_way():
            (self.workspace / "fib.baseline.json").unlink(missing_ok=True)
            run = bazel.run("run", "//:regression_test.update")
            self.assertIn("Wrote fib.baseline.json.", run.stdout)
            bazel.run("test", "//:regression_test")

    def test_doctor(self) -> None:
        for _, bazel in self.each_way():
            run = bazel.run("run", "@rules_codspeed//tools:doctor", "--", "--format=json")
            self.assertTrue(json.loads(run.stdout))

    def test_collector(self) -> None:
        for way, bazel in self.each_way():
            with (
                collector(bazel, self.scratch / f"collected {way}") as url,
                self.assertRaises(urllib.error.HTTPError) as raised,
            ):
                urllib.request.urlopen(f"{url}/no-such-page", timeout=60)
            raised.exception.close()
            self.assertEqual(raised.exception.code, 404)

    def test_verification(self) -> None:
        for way, bazel in self.each_way():
            program = self.scratch / f"bazel {way}"
            # The server of the test, so that nothing is built in another output base.
            command = shlex.join(
                [
                    f"{REPOSITORY}/bazelw",
                    f"--output_base={bazel.output_base}",
                    f"--host_jvm_args=-Djava.io.tmpdir={bazel.output_base}",
                    *bazel.startup,
                ]
            )
            program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
            options = [f"--bazel={program}", *(f"--flag={flag}" for flag in bazel.flags)]
            run = bazel.run("run", "@rules_codspeed//tools:verify", "--", *options, "//:fib")
            self.assertRegex(
                run.stdout,
                r"//:fib is repeatable: 2 measurements gave the same bytes \(chosen by commit "
                r"[0-9a-f]{10} among 1 targets\)\.",
            )

    def test_comparison_of_commits(self) -> None:
        bazelw = f"--bazel={REPOSITORY}/bazelw"
        mode = {"MODULE.bazel": [], "WORKSPACE": [f"--flag={flag}" for flag in WORKSPACE_MODE]}
        for way, bazel in self.each_way():
            report = self.scratch / f"compared {way}.html"
            options = [bazelw, *mode[way], "--base=main", "--head=main", f"--report={report}"]
            with own_comparisons(self.workspace):
                run = bazel.run("run", "@rules_codspeed//tools:compare", "--", *options, "//:fib")
            self.assertIn("Compared with main: 1 unchanged", run.stdout)
            self.assertIn("fib_bench.c::fib", str(blocks(report.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    unittest.main()
