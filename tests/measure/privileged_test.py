"""What only root can set up: other users, full and read-only disks, name spaces.

Runs outside Bazel's sandbox, which grants none of it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.elsewhere import OTHER_TMP, SMALL_IDS, in_mounts, may, outside_tmp
from tests.measure.target import STAGE, Target, same

Make = Callable[..., Target]

BENCH = """
def test_text(benchmark, tmp_path):
    (tmp_path / "file").write_text("text")
    benchmark(lambda: sorted({str(i): i for i in range(200)}))
"""


needs_mounts = pytest.mark.skipif(not may("--mount"), reason="unshare --mount is refused here")
needs_pids = pytest.mark.skipif(
    not may("--pid", "--fork", "--mount-proc"), reason="unshare --pid is refused here"
)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


# Permissions do not bind root.
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


@needs_root
@pytest.mark.parametrize("prefix", [[], USER], ids=["root", "user"])
@pytest.mark.parametrize("in_the_way", ["lock", "stage"])
def test_beside_another_measurement(hooks_target: Make, in_the_way: str, prefix: list[str]) -> None:
    """It has a /tmp of its own, for which a user needs a user name space, and the same bytes."""
    if not may(*(["--user"] if prefix else []), "--mount"):
        pytest.skip("unshare is refused here")
    usual = hooks_target("measure").run("usual").succeeded()
    left = Path("/tmp/rules_codspeed.left")
    (left / "tmp").mkdir(parents=True)
    os.chown(left, 65534 if prefix else 0, -1)
    os.chown(left / "tmp", 65534 if prefix else 0, -1)
    with Path(f"{STAGE}.lock").open("a") as lock:
        if in_the_way == "lock":
            fcntl.flock(lock, fcntl.LOCK_EX)
        else:
            STAGE.mkdir()
            os.chown(STAGE, 12345, -1)
        try:
            beside = outside_tmp(hooks_target("measure"), prefix)
        finally:
            shutil.rmtree(STAGE, ignore_errors=True)
    assert beside.status == 0, beside.stderr
    same(usual, beside)
    assert not left.exists()
    if prefix:  # root's may be those of other tests
        folders = filter(Path.is_dir, STAGE.parent.glob("rules_codspeed.*"))
        assert not [path for path in folders if path.stat().st_uid == 65534]


@needs_mounts
@pytest.mark.parametrize("left", ["ln -s nothing", "mkdir"])
def test_foreign_thing_for_a_lock(hooks_target: Make, left: str) -> None:
    """Another user who makes something that cannot be opened stops nobody."""
    prefix = in_mounts(f"mount -t tmpfs none {STAGE.parent}; {left} {STAGE}.lock")
    ended = outside_tmp(hooks_target("measure"), prefix)
    assert ended.status == 0, ended.stderr


@needs_mounts
@needs_root
@pytest.mark.parametrize("before", ["true", f"ln -s nothing {STAGE}.lock"])
def test_tmp_that_users_cannot_list(hooks_target: Make, before: str) -> None:
    prefix = in_mounts(f"mount -t tmpfs -o mode=1733 none {STAGE.parent}; {before}")
    ended = outside_tmp(hooks_target("measure"), [*prefix, *USER])
    assert ended.status == 0, ended.stderr


@needs_root
def test_foreign_stage(hooks_target: Make) -> None:
    """Where a file of the benchmark is below /tmp, it cannot have a /tmp of its own."""
    STAGE.mkdir()
    try:
        os.chown(STAGE, 12345, -1)
        with tempfile.NamedTemporaryFile(dir=STAGE.parent) as file:
            ended = hooks_target("measure").stage("_main/pkg/file", Path(file.name)).run()
        assert ended.status == 1
        assert "user id 12345" in ended.stderr
        assert "sudo rm -r /tmp/rules_codspeed" in ended.stderr
    finally:
        STAGE.rmdir()


def test_read_only_folder_is_removed(hooks_target: Make) -> None:
    try:
        ended = outside_tmp(hooks_target("measure", "read-only-folder"), USER)
        assert ended.status == 0, ended.stderr
        assert not STAGE.exists()
    finally:
        # One of another user would be refused by all later tests.
        subprocess.run(["chmod", "-R", "u+rwX", STAGE], stderr=subprocess.DEVNULL)
        shutil.rmtree(STAGE, ignore_errors=True)


@needs_mounts
def test_disk_full_when_staging(hooks_target: Make) -> None:
    # 3 MB of Valgrind do not fit.
    prefix = in_mounts(f"mount -t tmpfs -o size=1m none {STAGE.parent}")
    text = outside_tmp(hooks_target("measure"), prefix).failed()
    assert "No space left on device" in text
    assert "free space" in text


@needs_mounts
def test_disk_full_when_measuring(hooks_target: Make) -> None:
    target = hooks_target("measure", "fill-disk", "measure-again")
    text = outside_tmp(target, in_mounts(f"mount -t tmpfs -o size=8m none {STAGE.parent}")).failed()
    assert "no space left" in text


@needs_mounts
def test_tmp_is_read_only(hooks_target: Make) -> None:
    prefix = in_mounts(f"mount --bind /tmp /tmp; mount -o remount,ro,bind {STAGE.parent}")
    text = outside_tmp(hooks_target("measure"), prefix).failed()
    assert "Read-only file system" in text
    assert "writable" in text


@needs_mounts
@needs_pids
def test_program_in_a_sandbox(hooks_target: Make, tmp_path: Path) -> None:
    target = hooks_target("measure", "fork", "exec")
    first = target.run("a").succeeded()
    same(first, target.run("b", prefix=SMALL_IDS).succeeded())
    with tempfile.TemporaryDirectory(dir="/dev/shm") as way:
        shell = ["unshare", "--mount", "sh", "-ec", OTHER_TMP, "sh", str(tmp_path.parents[1]), way]
        same(first, target.run("c", prefix=shell).succeeded())


@needs_pids
def test_pytest_in_a_sandbox(python_target: Make) -> None:
    target = python_target({"_main/bench_a.py": BENCH})
    same(target.run("a").succeeded(), target.run("b", prefix=SMALL_IDS).succeeded())
