"""Which files the checks look at."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.lint.tree import TreeError, project_files, starlark_files


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", encoding="utf-8")


def test_what_git_has_or_would_add(tmp_path: Path) -> None:
    write(tmp_path, "tracked.md", "removed.md", "a folder/ü.md", "third_party/x.js", "LICENSE")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    (tmp_path / "removed.md").unlink()
    write(tmp_path, ".ci/new", "bazel-out/x.bzl")
    (tmp_path / ".gitignore").write_text("bazel-*\n", encoding="utf-8")
    names = [str(path) for path in project_files(tmp_path)]
    assert names == [".ci/new", ".gitignore", "a folder/ü.md", "tracked.md"]


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(TreeError, match=r"^`git ls-files .*` failed in .*:\nfatal: not a git rep"):
        project_files(tmp_path)


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError, match=r"^git is not installed\. Install it"):
        project_files(tmp_path)


def test_files_of_bazel() -> None:
    bazel = [
        Path(name) for name in ("BUILD", "WORKSPACE", "a/BUILD.bazel", "MODULE.bazel", "x.bzl")
    ]
    assert starlark_files([*bazel, Path("README.md"), Path("BUILD.md")]) == bazel
