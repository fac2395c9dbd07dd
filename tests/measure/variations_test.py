"""Whatever changes on the machine, the profile has the same bytes (docs/determinism.md).

Each row changes one thing, each kind is a way to measure. The programs do as much as the
machine's answers say, so a single one that differs shows. Rows of a group are measured in one
run, and each alone only where that run differs or cannot be set up: so a failure names the row.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.measure.elsewhere import outside_tmp
from tests.measure.target import Ended, Target, same
from tests.measure.variations import ROWS, Row, Together, groups

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

# What the rows change, each in a line that begins with its name.
LOOK = f"""
some() {{ [ "$2" -gt "$3" ] && echo "$1 many" || echo "$1 few"; }}
cd {shlex.quote(str(Path(os.__file__).parent))}
stat -c "accessed %x" os.py
stat -c "modified %y" encodings
echo "tmp $(stat -f -c %T /tmp)"
some folders "$(ls /tmp | wc -l)" 299
echo "host $(hostname)"
echo "users $(cat /proc/self/uid_map)"
some process $$ 99
some clock "$(cut -d. -f1 /proc/uptime)" 9999998
echo "processors $(nproc)"
echo "umask $(umask)"
echo "files $(ulimit -n)"
grep -E "^(THP_enabled|SigBlk|SigIgn)" /proc/self/status
some variables "$(env | grep -c VARIABLE_)" 99
echo "zone $TZ"
for file in hosts inputrc ld.so.cache ld.so.preload nsswitch.conf passwd timezone; do
  echo "$file $(cksum < /etc/$file)"
done 2>/dev/null
for folder in /lib/terminfo /usr/share/locale /proc/sys; do echo "$folder $(ls $folder)"; done
"""
# They do not change what a program sees, only the place of the output.
_NO_CHANGE = ("nothing", "deep-path")


def looked(row: Row | Together, tmp_path: Path) -> dict[str, str]:
    """Returns what a program of the machine sees, by name."""
    with row.set_up(tmp_path.parents[1]) as prefix:
        command = [*prefix, "sh", "-c", LOOK]
        run = subprocess.run(command, capture_output=True, text=True, check=True, **row.options)
    lines = run.stdout.splitlines()
    return {name: text for name, _, text in (line.partition(" ") for line in lines)}


def measure(target: Target, row: Row | Together, tmp_path: Path) -> Ended:
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


@pytest.fixture(scope="session")
def shown() -> set[tuple[str, str]]:
    """Kind and row of what was measured together with others, and gave the same bytes."""
    return set()


@pytest.fixture
def check(
    targets: dict[str, Make], references: dict[str, tuple[dict[str, bytes], Any]], tmp_path: Path
) -> Callable[[str, Row | Together], None]:
    """Measures a kind under the circumstances of rows, and compares with what it gave first."""

    def compare(kind: str, row: Row | Together) -> None:
        target = targets[kind]()
        if kind not in references:
            first = target.run("first").succeeded()
            assert first.provenance["machine_answered"] == []
            references[kind] = first.profile, first.provenance
        changed = measure(target, row, tmp_path).succeeded()
        profile, provenance = references[kind]
        assert changed.profile.keys() == profile.keys()
        for name, content in profile.items():
            assert changed.profile[name] == content, name
        assert changed.provenance == provenance

    return compare


@pytest.mark.parametrize(("kind", "group"), groups())
def test_same_bytes_together(
    kind: str,
    group: str,
    check: Callable[[str, Together], None],
    shown: set[tuple[str, str]],
) -> None:
    names = groups()[kind, group]
    check(kind, Together([ROWS[name] for name in names]))
    shown.update((kind, name) for name in names)


@pytest.mark.parametrize(
    ("kind", "row"), [(kind, name) for name, row in ROWS.items() for kind in row.kinds]
)
def test_same_bytes(
    kind: str, row: str, check: Callable[[str, Row], None], shown: set[tuple[str, str]]
) -> None:
    if (kind, row) not in shown:
        check(kind, ROWS[row])


def test_where_libraries_lie_does_not_show(
    exec_target: Callable[..., Target], tmp_path: Path
) -> None:
    """Without a fixed size of the loader's cache they are mapped elsewhere."""
    target = exec_target("print-place", fixed_kernel=False)
    first = target.run("first").succeeded()
    same(first, measure(target, ROWS["loader-cache"], tmp_path).succeeded())
    assert b"ob=???" not in first.profile["1.out"]


@pytest.mark.parametrize("group", sorted({group for _, group in groups()}))
def test_no_row_hides_another_one(group: str, tmp_path: Path) -> None:
    """What a row changes for a program of the machine, it also changes among others."""
    before = looked(Together([]), tmp_path)
    alone = {name: looked(row, tmp_path) for name, row in ROWS.items() if row.group == group}
    for names in {tuple(names) for (_, its), names in groups().items() if its == group}:
        together = looked(Together([ROWS[name] for name in names]), tmp_path)
        for name in names:
            changed = {fact for fact in before if alone[name].get(fact) != before[fact]}
            assert changed or name in _NO_CHANGE, name
            for fact in changed:
                assert together.get(fact) == alone[name].get(fact), (name, fact)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can set this up")
def test_the_truth_shows_without_the_fixed_kernel(
    hooks_target: Callable[..., Target], tmp_path: Path
) -> None:
    """The rows test something: the same program differs when the machine answers."""
    target = hooks_target("measure-machine", fixed_kernel=False)
    with pytest.raises(AssertionError):
        same(target.run("first").succeeded(), measure(target, ROWS["host-name"], tmp_path))
