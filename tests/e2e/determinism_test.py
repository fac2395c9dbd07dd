"""The project's own benchmarks give the same bytes wherever and however they are measured."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import unittest
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from tests.e2e.bazel import (
    CONSUMER,
    REPOSITORY,
    WORKSPACE_MODE,
    Bazel,
    scratch_root,
    spawns,
    tree,
    without_inputs,
)
from tests.e2e.consumer_test import copy_consumer
from tools.archives.expansion import expand

# C++ by hooks, a whole program, and Python by pytest-codspeed.
MEASURED = {
    "tests/benchmarks/native/sort": "//tests/benchmarks/native:sort",
    "tests/benchmarks/native/word_count": "//tests/benchmarks/native:word_count",
    "tests/benchmarks/python/results": "//tests/benchmarks/python:results",
}


ALL_MODES = ("simulation", "memory")


def measure(
    flags: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    modes: Sequence[str] = ("simulation",),
) -> dict[str, bytes]:
    """Measures in a fresh output base; returns every byte of profiles and results."""
    with Bazel(REPOSITORY, flags=flags, environment=environment or {}) as bazel:
        measured = f"--//rules/settings:modes={','.join(modes)}"
        bazel.run("build", measured, "--output_groups=+profile,+results", *MEASURED.values())
        found: dict[str, bytes] = {}
        for name in [f"{name}_{mode}" for name in MEASURED for mode in modes]:
            for file, content in tree(bazel.output(f"{name}.profile")).items():
                found[f"{name}.profile/{file}"] = content
            for kind in ["provenance", "results"]:
                file = f"{name}.{kind}.json"
                found[file] = bazel.output(file).read_bytes()
        return found


class DeterminismTest(unittest.TestCase):
    """Measures the same benchmarks again under other circumstances."""

    reference: ClassVar[dict[str, bytes]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.reference = measure(modes=ALL_MODES)

    def assert_same(
        self,
        other: dict[str, bytes],
        other_names: bool = False,
        modes: Sequence[str] = ("simulation",),
    ) -> None:
        """Compares file by file, so that a failure names what differs.

        Args:
          other: what was measured otherwise.
          other_names: whether Bazel names repositories otherwise. Programs hold these names, so the
            digest of the inputs is another one.
          modes: that it was measured in.
        """
        reference = {
            file: content
            for file, content in self.reference.items()
            if any(f"_{mode}." in file for mode in modes)
        }
        self.assertEqual(sorted(reference), sorted(other))
        for file, content in reference.items():
            now = other[file]
            if other_names:
                content, now = map(without_inputs, (content, now))
            self.assertEqual(content, now, f"{file} differs")

    def test_profiles_name_no_path_of_the_build(self) -> None:
        for file, content in self.reference.items():
            # Provenance describes the rule: bazel-out/<configuration>.
            for leak in [b"sandbox", b"execroot", b"bazel-out/k8", b"/tmp/rules_codspeed"]:
                self.assertNotIn(leak, content, file)

    def test_debug_mode_on_the_command_line_in_another_output_base(self) -> None:
        self.assert_same(measure(["-c", "dbg"], modes=ALL_MODES), modes=ALL_MODES)

    def test_optimised_mode_on_the_command_line_without_sandbox(self) -> None:
        self.assert_same(measure(["-c", "opt", "--spawn_strategy=local"]))

    def test_defaults_of_newer_bazels(self) -> None:
        self.assert_same(measure(["--config=next"]), other_names=True)

    def test_workspace_mode_and_another_user_environment(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            environment = {
                "LANG": "tr_TR.UTF-8",
                "LC_ALL": "tr_TR.UTF-8",
                "PYTHONHASHSEED": "99",
                "A_LONG_VARIABLE": "x" * 3000,
                "TZ": "Asia/Kathmandu",
                "USER": "somebody",
                "HOME": home,
                # bazelw's Bazel lies below the first user's cache folder.
                "XDG_CACHE_HOME": str(scratch_root().parent.parent),
            }
            self.assert_same(
                measure(["--config=bazel8", *WORKSPACE_MODE], environment), other_names=True
            )


class IncrementalTest(unittest.TestCase):
    """Only what changed is measured again; the machine's own Valgrind is never used."""

    def test_change_of_one_source_measures_one_benchmark(self) -> None:
        with contextlib.ExitStack() as stack:
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "consumer"
            copy_consumer(copy)
            bazel = stack.enter_context(Bazel(copy))
            bazel.run("build", "//:bench_profiles")
            source = copy / "fib_bench.c"
            source.write_text(
                source.read_text(encoding="utf-8").replace("n < 2", "n <= 1"), "utf-8"
            )
            with tempfile.NamedTemporaryFile() as log:
                bazel.run("build", "//:bench_profiles", f"--execution_log_json_file={log.name}")
                ran = [
                    (spawn["mnemonic"], spawn["targetLabel"], spawn["runner"])
                    for spawn in spawns(Path(log.name))
                ]
            measured = [label for mnemonic, label, _ in ran if mnemonic == "CodSpeedSimulate"]
            self.assertEqual(measured, ["//:fib_simulation"])
            # No process of its own reads the results.
            readers = [runner for mnemonic, _, runner in ran if mnemonic == "CodSpeedResults"]
            self.assertEqual(readers, ["worker"])
            with tempfile.NamedTemporaryFile() as log:
                bazel.run(
                    "build",
                    "//:bench_profiles",
                    "-c",
                    "dbg",
                    f"--execution_log_json_file={log.name}",
                )
                mnemonics = [spawn["mnemonic"] for spawn in spawns(Path(log.name))]
            self.assertNotIn("CodSpeedSimulate", mnemonics)

    def test_valgrind_of_the_machine_is_not_used(self) -> None:
        hidden = [
            path
            for path in ["/usr/bin/valgrind", "/usr/bin/valgrind.bin", "/usr/libexec/valgrind"]
            if Path(path).exists()
        ]
        with tempfile.TemporaryDirectory(dir=scratch_root()) as folder:
            for name in ["valgrind", "valgrind.bin"]:
                fake = Path(folder) / name
                fake.write_text("#!/bin/sh\necho the valgrind of PATH >&2; exit 9\n", "utf-8")
                fake.chmod(0o755)
            path = f"{folder}:{os.environ['PATH']}"
            flags = [f"--sandbox_block_path={path}" for path in hidden]
            # As far as a user can go: the PATH of the command is that of its actions.
            flags += ["--noincompatible_strict_action_env", f"--action_env=PATH={path}"]
            with Bazel(CONSUMER, flags=flags, environment={"PATH": path}) as bazel:
                bazel.run("build", "//:bench_profiles", "--spawn_strategy=linux-sandbox")
                files = [
                    bazel.output(f"{name}_simulation.provenance.json")
                    for name in ["fib", "count_file"]
                ]
                documents = [json.loads(file.read_text("utf-8")) for file in files]
        for document in documents:
            self.assertIn(document["simulator"]["sha256"], pinned(document["platform"]))


def pinned(platform: str) -> list[str]:
    """Returns the hashes of the pinned simulators of a platform."""
    table = json.loads((REPOSITORY / "tools/archives.json").read_text("utf-8"))
    return [row.sha256 for row in expand(table["builds"]) if row.platform == platform]


if __name__ == "__main__":
    unittest.main()
