"""A new mode is a few files: a patch adds one to a copy of this repository and measures with it.

To make the patch again after a change of what it touches: apply what still fits of
tests/e2e/toy_mode/count.patch to a clean checkout, fix the rest, and write the output of
`git diff` over it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.e2e.bazel import REPOSITORY, Bazel

PATCH = Path(__file__).resolve().parent / "toy_mode/count.patch"
_MOST_FILES = 8
_MODULE = """
module(name = "toy")

bazel_dep(name = "rules_codspeed")
local_path_override(module_name = "rules_codspeed", path = "{repository}")
bazel_dep(name = "rules_shell", version = "0.6.1")
"""
_BUILD = """
load("@rules_codspeed//rules:defs.bzl", "codspeed_benchmark", "codspeed_suite")
load("@rules_shell//shell:sh_binary.bzl", "sh_binary")

sh_binary(name = "program", testonly = True, srcs = ["program.sh"])

codspeed_benchmark(name = "lines", binary = ":program", modes = ["count"])

codspeed_suite(name = "bench", benchmarks = [":lines"], modes = ["count"])
"""


def copy_repository(to: Path) -> None:
    """Copies what git tracks, as it is in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = REPOSITORY / name
        if source.is_file() and not name.startswith("tests/"):
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, to / name)


class ToyModeTest(unittest.TestCase):
    """The room of a mode."""

    def test_a_mode_touches_few_files_and_measures(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            repository, workspace = Path(scratch, "repository"), Path(scratch, "workspace")
            copy_repository(repository)
            subprocess.run(["git", "apply", str(PATCH)], cwd=repository, check=True)
            touched = [
                line for line in PATCH.read_text("utf-8").splitlines() if line.startswith("diff ")
            ]
            self.assertLessEqual(len(touched), _MOST_FILES)
            workspace.mkdir()
            (workspace / "MODULE.bazel").write_text(_MODULE.format(repository=repository))
            (workspace / "BUILD.bazel").write_text(_BUILD)
            program = workspace / "program.sh"
            program.write_text("#!/bin/sh\necho one\necho two\n")
            program.chmod(0o755)
            with Bazel(workspace) as bazel:
                document = json.loads(bazel.run("run", "//:bench", "--", "--format=json").stdout)
                table = bazel.run("run", "//:bench").stdout
                refused = bazel.run("run", "//:bench", "--", "--dry-run", succeeds=False)
        self.assertEqual(
            [(one["uri"], one["mode"], one["metrics"]) for one in document["benchmarks"]],
            [("//:lines", "count", {"lines": 2})],
        )
        self.assertRegex(table, r"Lines\n")
        self.assertIn("1 benchmark\n", table)
        self.assertIn("CodSpeed does not know the mode count", refused.stderr + refused.stdout)
