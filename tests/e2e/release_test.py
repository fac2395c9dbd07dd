"""A workspace that has only a release's archive builds, tests and measures with it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from tests.e2e.bazel import REPOSITORY, Bazel, scratch_root, tree
from tools.release.release import Archive, ReleaseError, check_release, make_archive

# What users need of a commit: an archive has all of it and nothing else.
_LEFT_OUT = (
    r"\.(bazelrc|bazelversion|bcr|ci|editorconfig|git|github|gitattributes|gitignore|gitlab-ci\.yml)"
    r"|\.pre-commit-config\.yaml|CODEOWNERS|CONTRIBUTING\.md|bazelw|pyproject\.toml"
    r"|tests/.*|tools/(api|bazel|lint|release)/.*|tools/next\.bazelrc|py/requirements.*"
)


def source_template(version: str) -> dict[str, Any]:
    """Returns .bcr/source.template.json as the registry's tool fills it in for a release."""
    text = (REPOSITORY / ".bcr/source.template.json").read_text(encoding="utf-8")
    values = {"OWNER": "o", "REPO": "rules_codspeed", "VERSION": version, "TAG": f"v{version}"}
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    template: dict[str, Any] = json.loads(text)
    return template


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


class ArchiveTest(unittest.TestCase):
    """One archive of the commit that is checked out, its server, and what it measures."""

    folder: ClassVar[Path]
    archive: ClassVar[Archive]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(dir=scratch_root(), prefix="release.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.archive = make_archive(REPOSITORY, "HEAD")
        (cls.folder / cls.archive.file_name).write_bytes(cls.archive.content)

    def unpacked(self) -> Path:
        """Returns the folder of the archive's content, unpacked once."""
        top = self.folder / f"rules_codspeed-{self.archive.version}"
        if not top.is_dir():
            with tarfile.open(self.folder / self.archive.file_name) as archive:
                archive.extractall(self.folder)
        return top

    def workspace(self, name: str, to_archive: Callable[[str, dict[str, Any]], str]) -> Path:
        """Copies the example out of the archive, and points it to the archive."""
        source = source_template(self.archive.version)
        self.assertEqual(Path(source["url"]).name, self.archive.file_name)
        copy = self.folder / name
        shutil.copytree(self.unpacked() / "examples/c", copy)
        source["url"] = f"file://{self.folder / self.archive.file_name}"
        source["integrity"] = self.archive.integrity
        for file in (copy / "MODULE.bazel", copy / "WORKSPACE"):
            file.write_text(to_archive(file.read_text("utf-8"), source), "utf-8")
        return copy

    def check_what_users_run(self, bazel: Bazel) -> None:
        """Tests, runs the suite with all that it can print, and builds every tool."""
        bazel.run("test", "//...")
        report = bazel.workspace / "report.html"
        run = bazel.run("run", "//:bench", "--", "--format=json", f"--report={report}")
        (benchmark,) = json.loads(run.stdout)["benchmarks"]
        self.assertEqual(benchmark["label"], "//:sieve")
        self.assertGreater(benchmark["metrics"]["Ir"], 10_000)
        self.assertIn("Licence of the library in this file: d3", report.read_text(encoding="utf-8"))
        # Every file that they are made of is in the archive.
        bazel.run("build", "@rules_codspeed//tools:all", "@rules_codspeed//rules/...")

    def test_a_workspace_measures_the_same_with_bzlmod_and_without(self) -> None:
        def module(text: str, source: dict[str, Any]) -> str:
            override = (
                f'archive_override(\n    module_name = "rules_codspeed",\n'
                f'    urls = ["{source["url"]}"],\n    integrity = "{source["integrity"]}",\n'
                f'    strip_prefix = "{source["strip_prefix"]}",\n)\n'
            )
            return re.sub(r"local_path_override\(.*?\n\)\n", override, text, flags=re.S)

        def workspace(text: str, source: dict[str, Any]) -> str:
            repository = (
                'load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")\n'
                f'http_archive(\n    name = "rules_codspeed",\n    urls = ["{source["url"]}"],\n'
                f'    integrity = "{source["integrity"]}",\n'
                f'    strip_prefix = "{source["strip_prefix"]}",\n)\n'
            )
            return re.sub(r"local_repository\(.*?\n\)\n", repository, text, flags=re.S)

        copy = self.workspace(
            "bzlmod", lambda text, source: workspace(module(text, source), source)
        )
        profiles = []
        for flags in [[], ["--config=workspace_mode"]]:
            with Bazel(copy, flags=flags) as bazel:
                bazel.run("build", "//:bench_profiles")
                profiles.append(tree(bazel.output("sieve_simulation.profile")))
                self.check_what_users_run(bazel)
        self.assertEqual(profiles[0], profiles[1])
        self.assertTrue(any(b"fn=" in content for content in profiles[0].values()))

    def test_the_registry_finds_its_workspace(self) -> None:
        text = (REPOSITORY / ".bcr/presubmit.yml").read_text(encoding="utf-8")
        (path,) = re.findall(r"^  module_path: (\S+)$", text, re.M)
        workspace = self.unpacked() / path
        module = (workspace / "MODULE.bazel").read_text(encoding="utf-8")
        (to_rules,) = re.findall(r'^    path = "(.*)",$', module, re.M)
        self.assertEqual((workspace / to_rules).resolve(), self.unpacked())
        self.assertTrue((workspace / "BUILD.bazel").is_file())

    def test_holds_what_users_need_alone(self) -> None:
        top = f"rules_codspeed-{self.archive.version}/"
        with tarfile.open(self.folder / self.archive.file_name) as archive:
            names = [member.name.removeprefix(top) for member in archive if member.isfile()]
        self.assertEqual([name for name in names if re.fullmatch(_LEFT_OUT, name)], [])
        for name in ("LICENSE", "MODULE.bazel", "rules/defs.bzl", "docs/urls.txt"):
            self.assertIn(name, names)

    def test_the_same_bytes_from_another_clone(self) -> None:
        clone = self.folder / "clone"
        git(self.folder, "clone", "--quiet", "--no-hardlinks", str(REPOSITORY), str(clone))
        for name, value in [
            ("tar.umask", "0077"),
            ("core.autocrlf", "true"),
            ("tar.tar.gz.command", "false"),
        ]:
            git(clone, "config", name, value)
        (clone / "MODULE.bazel").write_text("not committed", encoding="utf-8")
        out = self.folder / "out"
        command = [sys.executable, str(REPOSITORY / "tools/release/release.py")]
        run = subprocess.run(
            [*command, f"--root={clone}", f"--out={out}", f"--commit={self.archive.commit}"],
            env={**os.environ, "TZ": "Asia/Tokyo", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual((out / self.archive.file_name).read_bytes(), self.archive.content)
        lines = dict(line.split(maxsplit=1) for line in run.stdout.splitlines())
        self.assertEqual(lines["sha256"], self.archive.sha256)
        self.assertEqual(lines["integrity"], self.archive.integrity)
        self.assertEqual(lines["size"], f"{len(self.archive.content):,} bytes")

    def test_a_clone_that_overrides_the_attributes_is_refused(self) -> None:
        clone = self.folder / "overriding"
        git(self.folder, "clone", "--quiet", "--bare", str(REPOSITORY), str(clone))
        (clone / "info").mkdir(exist_ok=True)
        (clone / "info/attributes").write_text("* export-ignore\n", encoding="utf-8")
        with self.assertRaisesRegex(ReleaseError, "info/attributes overrides .gitattributes"):
            make_archive(clone, self.archive.commit)

    def test_what_may_not_be_released(self) -> None:
        with self.assertRaisesRegex(ReleaseError, "Got: v9.9.9. Expected: v"):
            check_release(REPOSITORY, self.archive, "v9.9.9")


if __name__ == "__main__":
    unittest.main()
