"""A suite on a real remote-execution service, whose workers are other users than Bazel's."""

from __future__ import annotations

import contextlib
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from tests.e2e.bazel import Bazel, scratch_root
from tests.e2e.cluster.cluster import Cluster, cluster
from tests.e2e.consumer_test import copy_consumer
from tests.e2e.libc import OTHER_VERSION

# Python by pytest, with the pytest-codspeed that is pinned here.
_MODULE = """
internal = use_extension(
    "@rules_codspeed//rules/private/wheels:internal_extension.bzl",
    "codspeed_internal",
)
internal.dev_wheels()
use_repo(internal, "codspeed_py")

bazel_dep(name = "rules_python", version = "1.6.3")
"""
_PYTEST = """
def test_sort(benchmark):
    benchmark(sorted, range(1000, 0, -1))
"""
# C by hooks, which the consumer sends to the pool of one worker, and whole programs besides.
_POOL = 'exec_properties = {{"measure.Pool": "{}"}},\n    framework'
_BUILD = """
load("@rules_python//python:py_binary.bzl", "py_binary")

py_binary(
    name = "sort_bench",
    testonly = True,
    srcs = ["sort_bench.py"],
    deps = ["@codspeed_py//:pytest_codspeed"],
)

codspeed_benchmark(
    name = "sort",
    binary = ":sort_bench",
    modes = ["simulation", "memory"],
)

codspeed_suite(
    name = "clustered",
    benchmarks = [":count_file", ":fib", ":sort"],
)

codspeed_benchmark(
    name = "moved",
    args = ["$(rootpath BUILD.bazel)"],
    binary = ":count",
    data = ["BUILD.bazel"],
    env = {"COUNT_WHAT": "$(rootpath BUILD.bazel);"},
    exec_properties = {"measure.Pool": "bench"},
    framework = "exec",
    modes = ["simulation", "walltime"],
    walltime_args = {"max_rounds": "5"},
)

codspeed_suite(
    name = "alone",
    benchmarks = [":moved"],
)
"""
_SUITE = "//:clustered"


class ClusterTest(unittest.TestCase):
    """Measures on workers, and compares what different ones measured."""

    cluster: ClassVar[Cluster]
    workspace: ClassVar[Path]
    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.cluster = stack.enter_context(cluster())
        scratch = stack.enter_context(tempfile.TemporaryDirectory(dir=scratch_root()))
        cls.workspace = Path(scratch, "consumer")
        copy_consumer(cls.workspace)
        for name, text in [("MODULE.bazel", _MODULE), ("BUILD.bazel", _BUILD)]:
            with (cls.workspace / name).open("a", encoding="utf-8") as file:
                file.write(text)
        (cls.workspace / "sort_bench.py").write_text(_PYTEST, encoding="utf-8")
        cls.bazel = stack.enter_context(Bazel(cls.workspace, flags=cls.cluster.flags))
        cls.bazel.run("build", _SUITE + "_profiles")

    def move(self) -> None:
        """Lets another worker measure a target, until the test ends."""
        build = self.workspace / "BUILD.bazel"
        text = build.read_text("utf-8")
        moved = text.replace(_POOL.format("bench"), _POOL.format("other"))
        self.assertNotEqual(moved, text)
        build.write_text(moved, "utf-8")
        self.addCleanup(build.write_text, text, "utf-8")

    def test_another_libc_on_another_worker_is_not_taken_for_a_change(self) -> None:
        before = self.workspace.with_name("before")
        self.bazel.run("run", "//:alone", "--", f"--out={before}")
        self.move()
        table = self.bazel.run("run", "//:alone", "--", f"--compare={before}").stdout
        self.assertIn(f"measured on glibc {OTHER_VERSION}, base on ", table)


if __name__ == "__main__":
    unittest.main()
