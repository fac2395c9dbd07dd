"""What can be told before anything is fetched."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import bootstrap
import pytest
from apt import Package
from bootstrap import check_folder, explained, needed_for_builds, wanted
from errors import BootstrapError
from hypothesis import given
from hypothesis import strategies as st

TABLE = json.loads(Path(bootstrap.__file__).with_name("packages.json").read_text("utf-8"))


def test_below_tmp_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    for folder in [Path("/tmp/x/bazel"), tmp_path / "link/x", Path("/var/../tmp/x")]:
        with pytest.raises(BootstrapError, match=r"below /tmp.*Set XDG_CACHE_HOME"):
            check_folder(folder)


@pytest.mark.parametrize("name", ["a b", "a:b", "a;b", "a$b", "a\nb", "a\tb", "é", "\udcff"])
def test_paths_that_bazel_cannot_have(name: str) -> None:
    with pytest.raises(BootstrapError, match=r"^Bazel cannot work in .*Set XDG_CACHE_HOME") as told:
        check_folder(Path("/cache", name))
    assert str(told.value).isascii()
    assert "\n" not in str(told.value)


@given(st.from_regex(r"[A-Za-z0-9@%+=_,.~'\"#*\\-]+", fullmatch=True))
def test_other_paths_are_fine(name: str) -> None:
    check_folder(Path("/cache", name, "bazel"))


@pytest.mark.parametrize(
    ("number", "start", "step"),
    [
        (errno.ENOSPC, "the disk is full: /x: No space", "Free some space"),
        (errno.EDQUOT, "the disk is full: /x: Disk quota", "Free some space"),
        (errno.EROFS, "cannot set Bazel up: /x: Read-only", "Set XDG_CACHE_HOME"),
        (errno.EACCES, "cannot set Bazel up: /x: Permission", "Set XDG_CACHE_HOME"),
    ],
)
def test_system_errors_tell_the_next_step(number: int, start: str, step: str) -> None:
    for error in [OSError(number, os.strerror(number), "/x"), OSError(number, os.strerror(number))]:
        message = str(explained(error, Path("/x")))
        assert message.startswith(start)
        assert step in message


def test_missing_compiler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "build-essential" in needed_for_builds()
    (tmp_path / "cc").touch(mode=0o755)
    assert "build-essential" not in needed_for_builds()


def test_packages_are_left_out_by_pattern() -> None:
    names = ["gcc-14", "g++", "gcj", "make", "makedev", "bazel-bootstrap"]
    packages = [Package(f"{name}_1_all.deb", 1, "0" * 64) for name in names]
    left = wanted(packages, {"reason": ["gcc*", "g++*"], "other": ["make"]})
    assert [package.name for package in left] == ["gcj", "makedev", "bazel-bootstrap"]


def test_the_table_leaves_in_what_it_installs() -> None:
    packages = [Package(f"{name}_1_all.deb", 1, "0" * 64) for name in TABLE["install"]]
    assert wanted(packages, TABLE["left_out"]) == packages


def test_modules_are_ours_or_empty() -> None:
    assert "rules_java" in TABLE["modules"]
    assert not set(TABLE["modules"]) & set(TABLE["empty_modules"])
