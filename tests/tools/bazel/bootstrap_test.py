"""What can be reported before anything is fetched."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import bootstrap
import pytest
from apt import Package
from bootstrap import check_folder, explained, remove_leftovers, wanted
from errors import BootstrapError
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[3]
TABLE = json.loads(Path(bootstrap.__file__).with_name("packages.json").read_text("utf-8"))


def test_below_tmp_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/tmp")
    for folder in [Path("/tmp/x/bazel"), tmp_path / "link/x", Path("/var/../tmp/x")]:
        with pytest.raises(BootstrapError, match=r"below /tmp.*Set XDG_CACHE_HOME"):
            check_folder(folder)


@pytest.mark.parametrize("name", ["a b", "a:b", "a;b", "a$b", "a\nb", "a\tb", "é", "\udcff"])
def test_paths_that_bazel_cannot_have(name: str) -> None:
    with pytest.raises(
        BootstrapError, match=r"^Bazel cannot work in .*Set XDG_CACHE_HOME"
    ) as caught:
        check_folder(Path("/cache", name))
    assert str(caught.value).isascii()
    assert "\n" not in str(caught.value)


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


def made(folder: Path, days: int, used: int | None = None) -> Path:
    """Makes what is left of a set-up that was made, and used, so many days ago."""
    folder.mkdir(parents=True)
    for name, age in [("bazel", days), ("used", used)]:
        if age is not None:
            (folder / name).touch()
            then = time.time() - age * 86_400
            os.utime(folder / name, (then, then))
    return folder


def test_only_what_nobody_uses_is_removed(tmp_path: Path) -> None:
    for name, ages in {"1": (31, None), "2": (90, 31), "3": (29, None), "4": (90, 29)}.items():
        made(tmp_path / name, *ages)
    (tmp_path / "5/root").mkdir(parents=True)
    (tmp_path / "downloads").mkdir()
    for name in ["lock", "bazel.version"]:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"3", "4", "downloads", "lock", "bazel.version"}


def test_what_a_program_runs_from_stays(tmp_path: Path) -> None:
    server = made(tmp_path / "1", 90) / "root/java"
    server.parent.mkdir()
    shutil.copy(str(shutil.which("sleep")), server)
    with subprocess.Popen([server, "60"]) as running:
        remove_leftovers(tmp_path)
        assert server.exists()
        running.kill()
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_packages_are_left_out_by_pattern() -> None:
    names = ["gcc-14", "g++", "gcj", "make", "makedev", "bazel-bootstrap"]
    packages = [Package(f"{name}_1_all.deb", 1, "0" * 64) for name in names]
    left = wanted(packages, {"reason": ["gcc*", "g++*"], "other": ["make"]})
    assert [package.name for package in left] == ["gcj", "makedev", "bazel-bootstrap"]


def test_the_table_leaves_in_what_it_installs() -> None:
    packages = [Package(f"{name}_1_all.deb", 1, "0" * 64) for name in TABLE["install"]]
    assert wanted(packages, TABLE["left_out"]) == packages


def test_the_simulators_are_those_of_the_archives() -> None:
    [version] = {request.rpartition(":")[2] for request in TABLE["distdir"]["packages"]}
    assert f'"{version}"' in (ROOT / "tools/archives.json").read_text("utf-8")
    assert TABLE["codspeed_simulator"] in (ROOT / "docs/urls.txt").read_text("utf-8").splitlines()


def test_modules_are_ours_or_empty() -> None:
    assert "rules_java" in TABLE["modules"]
    assert not set(TABLE["modules"]) & set(TABLE["empty_modules"])
