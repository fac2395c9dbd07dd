"""A suite on a real remote-execution service, whose workers are other users than Bazel's."""

from __future__ import annotations

import contextlib
import json
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

from tests.e2e.bazel import Bazel, scratch_root, spawns, tree
from tests.e2e.cluster.cluster import Cluster, cluster
from tests.e2e.consumer_test import copy_consumer
from tests.e2e.libc import OTHER_VERSION

# Python by pytest, with the pytest-codspeed that is pinned here.
PYTHON_MODULE = """
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
# C by hooks, which the consumer sends to a pool of two workers, and whole programs besides.
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
_BOTH = "--@rules_codspeed//rules/settings:modes=simulation,memory"
_WALLTIME = "--@rules_codspeed//rules/settings:modes=walltime"
_REMOTE = {"CodSpeedSimulate", "CodSpeedMemory", "CodSpeedResults", "CodSpeedCompile"}


def ran(log: Path) -> dict[str, set[str]]:
    """Returns by what the actions of each mnemonic ran, or that the cache had them."""
    found: dict[str, set[str]] = defaultdict(set)
    for spawn in spawns(log):
        found[spawn["mnemonic"]].add(spawn["runner"])
    return found


def measured(bazel: Bazel) -> dict[str, bytes]:
    """Returns every byte of profiles, provenance and results that a build left."""
    found: dict[str, bytes] = {}
    outputs = bazel.output_base / "execroot"
    for kind in ["profile", "provenance.json", "results.json"]:
        for path in outputs.glob(f"*/bazel-out/*/bin/**/*.{kind}"):
            files = tree(path) if path.is_dir() else {"": path.read_bytes()}
            found.update({f"{path.name}/{name}": content for name, content in files.items()})
    return found


class ClusterTest(unittest.TestCase):
    """Measures on the workers, and asks for what they measured."""

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
        for name, text in [("MODULE.bazel", PYTHON_MODULE), ("BUILD.bazel", _BUILD)]:
            with (cls.workspace / name).open("a", encoding="utf-8") as file:
                file.write(text)
        (cls.workspace / "sort_bench.py").write_text(_PYTEST, encoding="utf-8")
        cls.bazel = stack.enter_context(Bazel(cls.workspace, flags=cls.cluster.flags))
        cls.bazel.run("build", _SUITE + "_profiles")

    def logged(self, *command: str) -> tuple[str, dict[str, set[str]]]:
        """Runs a command; returns what it prints, and by what its actions ran."""
        log = self.workspace.with_name("spawns.json")
        flag = f"--execution_log_json_file={log}"
        return self.bazel.run(command[0], flag, *command[1:]).stdout, ran(log)

    def move(self) -> None:
        """Lets another worker measure a target, until the test ends."""
        build = self.workspace / "BUILD.bazel"
        text = build.read_text("utf-8")
        moved = text.replace(_POOL.format("bench"), _POOL.format("other"))
        self.assertNotEqual(moved, text)
        build.write_text(moved, "utf-8")
        self.addCleanup(build.write_text, text, "utf-8")

    def test_bytes_equal_those_of_this_machine(self) -> None:
        build = ["build", _BOTH, _SUITE + "_profiles", "--output_groups=+profile,+results"]
        # What another test had made would not run again.
        remeasure = "--@rules_codspeed//rules/settings:remeasure=to see where"
        _, runners = self.logged(*build, remeasure)
        for mnemonic in _REMOTE - {"CodSpeedCompile"}:
            self.assertEqual(runners[mnemonic], {"remote"}, mnemonic)
        remote = measured(self.bazel)
        with Bazel(self.workspace) as local:
            local.run(*build, remeasure)
            here = measured(local)
        # What other tests measured there is left, too.
        self.assertLessEqual(set(here), set(remote))
        # Three targets, one of them in two modes: a profile, provenance, results.
        self.assertGreaterEqual(len(here), 4 * 3)
        for file, content in here.items():
            self.assertEqual(content, remote[file], f"{file} differs")

    def test_hits_alone_give_everything_that_a_suite_shows(self) -> None:
        shown = []
        for downloads in ["minimal", "toplevel", "all"]:
            # What is there must not help.
            self.bazel.run("clean")
            folder = self.workspace.with_name(downloads)
            report = folder.with_suffix(".html")
            flag = f"--remote_download_outputs={downloads}"
            arguments = ["--dry-run", f"--out={folder}", f"--report={report}", "--format=json"]
            printed, runners = self.logged("run", flag, _SUITE, "--", *arguments)
            self.assertEqual(set().union(*runners.values()), {"remote cache hit"})
            self.assertGreaterEqual(set(runners), _REMOTE - {"CodSpeedMemory"})
            self.assertIn("</html>", report.read_text("utf-8"))
            # What would be uploaded describes the run, which is another one each time.
            files = tree(folder).items()
            written = {name: text for name, text in files if not name.startswith((".", "upload/"))}
            shown.append((json.loads(printed)["benchmarks"], written))
        self.assertEqual(len(shown[0][0]), 3)
        self.assertGreater(len(shown[0][1]), 3)
        self.assertEqual(shown[0], shown[1])
        self.assertEqual(shown[0], shown[2])

    def test_another_libc_on_another_worker_is_not_taken_for_a_change(self) -> None:
        before = self.workspace.with_name("before")
        self.bazel.run("run", "//:alone", "--", f"--out={before}")
        self.move()
        table = self.bazel.run("run", "//:alone", "--", f"--compare={before}").stdout
        self.assertIn(f"measured on glibc {OTHER_VERSION}, base on ", table)

    def test_what_the_cache_lost_is_made_again(self) -> None:
        self.bazel.run("clean")
        # Programs stay in the cache: only what is asked for is fetched.
        build = ["build", "--remote_download_outputs=toplevel", _SUITE + "_profiles"]
        _, runners = self.logged(*build)
        self.assertEqual(runners["CodSpeedSimulate"], {"remote cache hit"})
        before = measured(self.bazel)
        self.cluster.lose_everything()
        # These actions need what is lost as inputs.
        _, runners = self.logged(*build, "--@rules_codspeed//rules/settings:remeasure=after a loss")
        self.assertEqual(runners["CodSpeedSimulate"], {"remote"})
        after = measured(self.bazel)
        profiles = [file for file in before if ".profile/" in file]
        self.assertTrue(profiles)
        for file in profiles:
            self.assertEqual(before[file], after[file], f"{file} differs")

    def test_walltime_is_measured_here_or_refused(self) -> None:
        build = ["build", _WALLTIME, "//:moved"]
        _, runners = self.logged(*build)
        self.assertNotIn("remote", runners["CodSpeedWalltime"])
        self.assertTrue(runners["CodSpeedWalltime"])
        again = "--@rules_codspeed//rules/settings:remeasure=nowhere"
        refused = self.bazel.run(*build, again, "--spawn_strategy=remote", succeeds=False)
        self.assertIn("CodSpeedWalltime spawn cannot be executed with any of", refused.stderr)


if __name__ == "__main__":
    unittest.main()
