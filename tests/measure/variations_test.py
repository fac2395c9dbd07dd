"""Whatever changes on the machine, the profile has the same bytes (docs/determinism.md).

Each row changes one thing, each kind is a way to measure. The programs do as much as the
machine's answers say, so a single one that differs shows.
"""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.measure.elsewhere import OTHER_TMP, SMALL_IDS, may, outside_tmp
from tests.measure.target import STAGE, Ended, Target, same

Make = Callable[[], Target]

BENCH = """
import os

def test_machine(benchmark, tmp_path):
    (tmp_path / "file").write_text("text")
    def work():
        found = [os.stat(path) for path in ("/tmp", "/", tmp_path, tmp_path / "file", os.__file__)]
        # Which folders lie on one disk shows.
        found = [[one for i, one in enumerate(file) if i != 2] for file in found]
        found += [os.uname(), os.getuid(), os.cpu_count(), os.listdir("/etc"), os.urandom(8)]
        return sum(range(hash(repr(found)) % 997))
    benchmark(work)
"""
SCRIPT = """#!/bin/sh
look() {
  ls -lain / . "$TMPDIR"
  ls -U /etc
  stat -c %i:%h:%s:%y /tmp
  id; hostname; uname -a; nproc
}
# One process after the other: those of a pipe are numbered as they happen to start.
look > "$TMPDIR/look"
sum=$(cksum < "$TMPDIR/look")
sum=${sum%% *}
exec "$0.program" measure-rounds=$((sum % 97 + 1))
"""


def _around_stdlib(change: Callable[[Path], object]) -> Callable[[], AbstractContextManager[None]]:
    """Changes times of files that the interpreter reads, and restores them."""

    @contextlib.contextmanager
    def changed() -> Iterator[None]:
        folder = Path(os.__file__).parent
        paths = [folder, folder / "encodings", Path(os.__file__), folder / "re/__init__.py"]
        before = {path: path.stat() for path in paths}
        try:
            for path in paths:
                change(path)
        except OSError as error:
            pytest.skip(f"the interpreter's files are not ours to change: {error.strerror}")
        try:
            yield
        finally:
            for path, was in before.items():
                os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    return changed


def _set_access_time(path: Path) -> None:
    os.utime(path, ns=(7, path.stat().st_mtime_ns))


def _set_time_of_folder(path: Path) -> None:
    if path.is_dir():
        os.utime(path, ns=(path.stat().st_atime_ns, 1_600_000_000_000_000_007))


@contextlib.contextmanager
def _many_folders() -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(tempfile.TemporaryDirectory(dir=STAGE.parent))
        yield


def _one_cpu() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _limits() -> None:
    for limit, value in {
        resource.RLIMIT_STACK: 64 << 20,
        resource.RLIMIT_NOFILE: 4096,
        resource.RLIMIT_MEMLOCK: 64 << 10,
        resource.RLIMIT_NPROC: 30000,
    }.items():
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
    os.umask(0o077)


# As after the installation of many libraries: its size moves what is mapped after it.
LARGER_CACHE = """
larger=$(mktemp)
cat /etc/ld.so.cache > "$larger"
head -c 40000 /dev/zero >> "$larger"
mount --bind "$larger" /etc/ld.so.cache
rm "$larger"
exec "$@"
"""


@dataclass(frozen=True)
class Row:
    """One change: in the machine around the run, of the driver's process, or of its name spaces."""

    around: Callable[[], AbstractContextManager[None]] = nullcontext
    options: dict[str, Any] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    root: bool = False
    outside: bool = False  # of /tmp, where another user can read


ROWS = {
    "nothing": Row(),
    "access-times": Row(around=_around_stdlib(_set_access_time)),
    "folder-times": Row(around=_around_stdlib(_set_time_of_folder)),
    "300-folders": Row(around=_many_folders),
    "tmpfs": Row(namespaces=("--mount",), root=True),
    "host-name": Row(
        namespaces=("--uts",),
        prefix=("unshare", "--uts", "sh", "-ec", f'hostname {"h" * 60}; exec "$@"', "sh"),
        root=True,
    ),
    "loader-cache": Row(
        namespaces=("--mount",),
        prefix=("unshare", "--mount", "sh", "-ec", LARGER_CACHE, "sh"),
        root=True,
    ),
    "other-user": Row(
        prefix=("setpriv", "--reuid=1234", "--regid=1234", "--groups=5,6"), root=True, outside=True
    ),
    "user-namespace": Row(
        namespaces=("--user", "--map-root-user"),
        prefix=("unshare", "--user", "--map-root-user"),
    ),
    "process-ids": Row(namespaces=tuple(SMALL_IDS[1:]), prefix=tuple(SMALL_IDS)),
    "one-cpu": Row(options={"preexec_fn": _one_cpu}),
    "limits": Row(options={"preexec_fn": _limits}),
    "environment": Row(
        options={"env": {**{f"VARIABLE_{n}": "x" * n for n in range(100)}, "PATH": os.defpath}}
    ),
    "time-zone": Row(
        options={"env": {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PATH": os.defpath}}
    ),
}
# An interpreter takes long under Valgrind; these moved its numbers.
PYTEST_ROWS = [
    *("nothing", "access-times", "folder-times", "300-folders", "tmpfs", "host-name"),
    *("loader-cache", "other-user", "user-namespace"),
]


def measure(target: Target, row: Row, tmp_path: Path) -> Ended:
    """Measures under the circumstances of a row, or skips the test with a reason."""
    if row.root and os.geteuid():
        pytest.skip("only root can set this up")
    if row.namespaces and not may(*row.namespaces):
        pytest.skip(f"unshare {' '.join(row.namespaces)} is refused here")
    prefix = list(row.prefix)
    if row is ROWS["tmpfs"]:
        prefix = ["unshare", "--mount", "sh", "-ec", OTHER_TMP, "sh", str(tmp_path.parents[1])]
    if row.outside and target.spec["python"]:
        interpreter = Path(target.spec["python"]["interpreter"]).resolve()
        if any(not folder.stat().st_mode & 0o1 for folder in interpreter.parents):
            pytest.skip("another user cannot read the interpreter of this test")
    with row.around():
        if row.outside:
            return outside_tmp(target, prefix)
        return target.run("changed", prefix=prefix, **row.options)


@pytest.fixture(scope="session")
def references() -> dict[str, tuple[dict[str, bytes], Any]]:
    """What each kind of target gave first: profile and provenance."""
    return {}


@pytest.fixture
def targets(
    hooks_target: Callable[..., Target],
    exec_target: Callable[..., Target],
    python_target: Callable[..., Target],
    make_target: Callable[..., Target],
    program: Path,
) -> dict[str, Make]:
    def shell() -> Target:
        target = make_target(executable="_main/pkg/script")
        target.stage("_main/pkg/script", SCRIPT)
        Path(target.files["_main/pkg/script"]).chmod(0o755)
        return target.stage("_main/pkg/script.program", program)

    return {
        "hooks": lambda: hooks_target("measure-machine"),
        "exec": lambda: exec_target("machine"),
        "shell": shell,
        "pytest": lambda: python_target({"_main/bench_a.py": BENCH}),
    }


CASES = [(kind, row) for kind in ("hooks", "exec", "shell") for row in ROWS]
CASES += [("pytest", row) for row in PYTEST_ROWS]


@pytest.mark.parametrize(("kind", "row"), CASES)
def test_same_bytes(
    kind: str,
    row: str,
    targets: dict[str, Make],
    references: dict[str, tuple[dict[str, bytes], Any]],
    tmp_path: Path,
) -> None:
    target = targets[kind]()
    if kind not in references:
        first = target.run("first").succeeded()
        assert first.provenance["machine_answered"] == []
        references[kind] = first.profile, first.provenance
    changed = measure(target, ROWS[row], tmp_path).succeeded()
    profile, provenance = references[kind]
    assert changed.profile.keys() == profile.keys()
    for name, content in profile.items():
        assert changed.profile[name] == content, name
    assert changed.provenance == provenance


def test_where_libraries_lie_does_not_show(
    exec_target: Callable[..., Target], tmp_path: Path
) -> None:
    """Without a fixed size of the loader's cache they are mapped elsewhere."""
    target = exec_target("print-place", fixed_kernel=False)
    first = target.run("first").succeeded()
    same(first, measure(target, ROWS["loader-cache"], tmp_path).succeeded())
    assert b"ob=???" not in first.profile["1.out"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can set this up")
def test_the_truth_shows_without_the_fixed_kernel(
    hooks_target: Callable[..., Target], tmp_path: Path
) -> None:
    """The rows test something: the same program differs when the machine answers."""
    target = hooks_target("measure-machine", fixed_kernel=False)
    with pytest.raises(AssertionError):
        same(target.run("first").succeeded(), measure(target, ROWS["host-name"], tmp_path))
