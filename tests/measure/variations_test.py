"""Whatever changes on the machine, the profile has the same bytes (docs/determinism.md).

Each row changes one thing, each kind is a way to measure. The programs do as much as the
machine's answers say, so a single one that differs shows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.measure.elsewhere import outside_tmp
from tests.measure.target import Ended, Target, same
from tests.measure.variations import ROWS, Row

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


def measure(target: Target, row: Row, tmp_path: Path) -> Ended:
    """Measures under the circumstances of a row, or skips the test with a reason."""
    if row.outside and target.spec["python"]:
        interpreter = Path(target.spec["python"]["interpreter"]).resolve()
        if any(not folder.stat().st_mode & 0o1 for folder in interpreter.parents):
            pytest.skip("another user cannot read the interpreter of this test")
    with row.set_up(tmp_path.parents[1]) as prefix:
        if row.outside:
            return outside_tmp(target, prefix)
        return target.run(row.folder, prefix=prefix, **row.options)


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
        "files": lambda: exec_target("files"),
        "shell": shell,
        "pytest": lambda: python_target({"_main/bench_a.py": BENCH}),
    }


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, name) for name, row in ROWS.items() for kind in row.kinds]
)
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
