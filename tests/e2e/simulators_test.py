"""The pinned simulators: both architectures unpack, and one out of reach gives a clear error."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from tests.e2e.bazel import REPOSITORY, Bazel, BazelTest


class SimulatorsTest(BazelTest):
    """Fetches repositories of packages, without measuring."""

    workspace = REPOSITORY
    labels: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        query = cls.bazel.run(
            "query", "kind(toolchain, @codspeed_toolchains//:all)", "--output=xml"
        )
        cls.labels = [
            line.partition('value="')[2].partition('"')[0]
            for line in query.stdout.splitlines()
            if 'name="toolchain"' in line and line.rstrip('/>"').endswith(":simulator")
        ]

    def label(self, version: str, cpu: str) -> str:
        """Returns the label of one simulator; its repository's canonical name depends on Bazel."""
        (found,) = (one for one in self.labels if version in one and cpu in one)
        return found

    def test_every_simulator_is_for_one_platform(self) -> None:
        self.assertEqual(len(self.labels), 6)
        for build in ["3.19.0_1_stock_linux", "codspeed6_linux", "codspeed6_ubuntu_24.04_linux"]:
            for cpu in ["x86_64", "aarch64"]:
                self.label(build, cpu)

    def test_query_fetches_none(self) -> None:
        with Bazel(REPOSITORY) as bazel:
            bazel.run("query", "@codspeed_toolchains//:all")
            fetched = [path.name for path in (bazel.output_base / "external").iterdir()]
            self.assertEqual([name for name in fetched if "_linux_" in name], [])

    def test_packages_of_both_architectures(self) -> None:
        for cpu, tool in [
            ("x86_64", "callgrind-amd64-linux"),
            ("aarch64", "callgrind-arm64-linux"),
        ]:
            label = self.label("3.19.0_1_stock", cpu)
            self.bazel.run("build", label)
            repository = label.partition("//")[0].lstrip("@")
            folder = self.bazel.output_base / "external" / repository
            self.assertTrue((folder / "libexec/valgrind" / tool).is_file())
            self.assertTrue((folder / "bin/valgrind.bin").is_file())

    def test_github_out_of_reach(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "downloader.cfg"
            config.write_text("block github.com\n", encoding="utf-8")
            text = self.bazel.run(
                "build",
                f"--experimental_downloader_config={config}",
                self.label("codspeed6_linux", "x86_64"),
                succeeds=False,
            ).stderr
        self.assertIn(" of valgrind 3.26.0-0codspeed6 (codspeed) for linux_x86_64, a row of", text)
        self.assertIn("--distdir=<folder>", text)
        self.assertIn("--@rules_codspeed//rules/settings:simulator=stock", text)


if __name__ == "__main__":
    unittest.main()
