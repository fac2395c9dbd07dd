"""A pinned root, as docs/determinism.md has users declare it, of Debian's own packages."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.e2e.archives import Workspace, sha256
from tests.e2e.bazel import REPOSITORY, Bazel, scratch_root, tree
from tests.e2e.libc import OTHER_VERSION, other_libc

_MODES = ["simulation", "memory"]
# The first under the root that we pin, one under the same of the user's own, and one under none.
_BENCHMARKS = ["sort", "image_sort", "machine_sort"]
_BUILD = """
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_codspeed//rules:defs.bzl", "codspeed_benchmark", "codspeed_root", "codspeed_suite")

cc_binary(
    name = "sort_bench",
    testonly = True,
    srcs = ["sort_bench.cc"],
    deps = ["@rules_codspeed//rules/hooks:instrument_hooks"],
)

codspeed_root(
    name = "image",
    layers = glob(["layers/*.deb"]),
)

MODES = ["simulation", "memory"]

ROOTS = {"sort": "debian12", "image_sort": ":image", "machine_sort": "host"}

[
    codspeed_benchmark(
        name = name,
        binary = ":sort_bench",
        modes = MODES,
        root = root,
    )
    for name, root in ROOTS.items()
]

codspeed_suite(name = "bench", benchmarks = ROOTS.keys(), modes = MODES)
"""
_SORT = """
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core.h"

int main() {
  InstrumentHooks* hooks = instrument_hooks_init();
  instrument_hooks_set_integration(hooks, "codspeed-cpp", "2.3.0");
  std::vector<std::string> words;
  for (int i = 0; i < 100; ++i) words.push_back(std::to_string(i * 7919 % 101));
  instrument_hooks_start_benchmark_inline(hooks);
  std::sort(words.begin(), words.end());
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, getpid(), "sort_bench.cc::sort");
  instrument_hooks_deinit(hooks);
}
"""


def debian_packages(folder: Path) -> None:
    """Fetches the packages of the root by the machine's own apt, or skips the test.

    Their names have no epoch, as docs/archives.md asks for.
    """
    table = json.loads((REPOSITORY / "tools/archives.json").read_text("utf-8"))
    (root,) = table["roots"]
    packages = {one["package"]: set(one["sha256"].values()) for one in root["packages"]}
    try:
        command = ["apt-get", "-q", "download", *packages]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        raise unittest.SkipTest(f"this machine's apt fetches no packages: {error}") from error
    for file in folder.iterdir():
        name, version, rest = unquote(file.name).split("_")
        renamed = file.rename(folder / "_".join([name, version.rpartition(":")[2], rest]))
        if sha256(renamed.read_bytes()) not in packages[name]:
            raise unittest.SkipTest(f"this machine's apt has another {name} than the root")


class RootTest(unittest.TestCase):
    """One program under the root that we pin, under one of the user's own, and under none."""

    workspace: ClassVar[Workspace]
    bazel: ClassVar[Bazel]

    @classmethod
    def setUpClass(cls) -> None:
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.workspace = stack.enter_context(Workspace())
        cls.workspace.module(deps='bazel_dep(name = "rules_cc", version = "0.2.8")\n')
        cls.workspace.write("BUILD.bazel", _BUILD)
        cls.workspace.write("sort_bench.cc", _SORT)
        layers = cls.workspace.folder / "layers"
        layers.mkdir()
        debian_packages(layers)
        flags = [f"--distdir={layers}", "--repository_cache="]
        cls.bazel = stack.enter_context(Bazel(cls.workspace.folder, flags=flags))
        cls.bazel.run("build", "//:bench_profiles")

    def profile(self, name: str, mode: str) -> dict[str, bytes]:
        """Returns the profile of a benchmark."""
        return tree(self.bazel.output(f"{name}_{mode}.profile"))

    def provenance(self, name: str, mode: str) -> Any:
        """Returns what was recorded of a measurement."""
        text = self.bazel.output(f"{name}_{mode}.provenance.json").read_text("utf-8")
        return json.loads(text)

    def check(self, mode: str) -> None:
        """Checks what was measured in a mode on the machine as it is."""
        self.assertEqual(self.profile("sort", mode), self.profile("image_sort", mode))
        first, image, machine = (self.provenance(name, mode) for name in _BENCHMARKS)
        self.assertEqual(first["machine_answered"], [])
        self.assertIsNone(first["host"]["libc"])
        self.assertEqual(first["host"]["libraries"], [])
        # The same packages make the same archive, whoever names them.
        self.assertEqual(first["root"]["name"], "debian12")
        self.assertEqual(first["root"]["sha256"], image["root"]["sha256"])
        self.assertIsNone(machine["root"])

    def test_the_libc_of_the_machine_does_not_count(self) -> None:
        measured = [(name, mode) for name in ("sort", "image_sort") for mode in _MODES]
        for mode in _MODES:
            self.check(mode)
        profiles = [self.profile(*one) for one in measured]
        first = [self.provenance(*one) for one in measured]

        self.bazel.run("shutdown")
        with tempfile.TemporaryDirectory(dir=scratch_root()) as folder:
            self.bazel.within, self.bazel.startup = other_libc(Path(folder)), ["--batch"]
            again = "--@rules_codspeed//rules/settings:remeasure=on the other libc"
            self.bazel.run("build", again, "//:bench_profiles")
            self.bazel.within, self.bazel.startup = (), ()
        for one, profile, provenance in zip(measured, profiles, first, strict=True):
            self.assertEqual(self.profile(*one), profile, one)
            self.assertEqual(self.provenance(*one), provenance, one)
        # The other libc was really there.
        for mode in _MODES:
            libc = self.provenance("machine_sort", mode)["host"]["libc"]
            self.assertEqual(libc["version"], OTHER_VERSION)


if __name__ == "__main__":
    unittest.main()
