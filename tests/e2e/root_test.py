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

[
    codspeed_benchmark(
        name = name,
        binary = ":sort_bench",
        root = root,
    )
    for name, root in {"sort": "debian12", "image_sort": ":image", "machine_sort": "host"}.items()
]

codspeed_suite(name = "bench", benchmarks = [":sort", ":image_sort", ":machine_sort"])
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

    def profile(self, name: str) -> dict[str, bytes]:
        """Returns the profile of a benchmark."""
        return tree(self.bazel.output(f"{name}_simulation.profile"))

    def provenance(self, name: str) -> Any:
        """Returns what was recorded of a measurement."""
        text = self.bazel.output(f"{name}_simulation.provenance.json").read_text("utf-8")
        return json.loads(text)

    def test_the_libc_of_the_machine_does_not_count(self) -> None:
        names = ["sort", "image_sort", "machine_sort"]
        profiles = {name: self.profile(name) for name in names}
        first = {name: self.provenance(name) for name in names}
        self.assertEqual(profiles["sort"], profiles["image_sort"])
        self.assertEqual(first["sort"]["machine_answered"], [])
        self.assertIsNone(first["sort"]["host"]["libc"])
        self.assertEqual(first["sort"]["host"]["libraries"], [])
        # The same packages make the same archive, whoever names them.
        roots = {name: first[name]["root"] for name in names[:2]}
        self.assertEqual(roots["sort"]["name"], "debian12")
        self.assertEqual(roots["sort"]["sha256"], roots["image_sort"]["sha256"])
        self.assertIsNone(first["machine_sort"]["root"])

        self.bazel.run("shutdown")
        with tempfile.TemporaryDirectory(dir=scratch_root()) as folder:
            self.bazel.within, self.bazel.startup = other_libc(Path(folder)), ["--batch"]
            again = "--@rules_codspeed//rules/settings:remeasure=on the other libc"
            self.bazel.run("build", again, "//:bench_profiles")
            self.bazel.within, self.bazel.startup = (), ()
        for name in names[:2]:
            self.assertEqual(self.profile(name), profiles[name])
            self.assertEqual(self.provenance(name), first[name])
        # The other libc was really there.
        libc = self.provenance("machine_sort")["host"]["libc"]
        self.assertEqual(libc["version"], OTHER_VERSION)


if __name__ == "__main__":
    unittest.main()
