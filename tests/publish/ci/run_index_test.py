"""The counter of the uploads of one CI job."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.ci.run_index import next_run_index, state_file

# The vector (spec: upload 16).
BASE = 'bench-{"python":"3.12","shard":1}-{"job-total":2,"job-index":1}'
HASH = "acab7f6adc0efacb21afd2748f712f86a60d0b34990f0b8271e5384f466b92bc"


class Counter:
    """A counter in a checkout, and the warnings it gave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = state_file(str(root), "9876543210", BASE)
        self.warnings: list[str] = []

    def take(self, run_id: str = "9876543210", base: str = BASE) -> int:
        return next_run_index(f"{self.root}/", run_id, base, self.warnings.append)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_path_of_the_vector() -> None:
    root = "/home/runner/work/widgets/widgets/"
    assert str(state_file(root, "9876543210", BASE)) == (
        f"{root}.codspeed/run-state/9876543210/{HASH}.json"
    )


def test_content_is_that_of_the_official_runner(counter: Counter) -> None:
    assert counter.take() == 0
    assert counter.file.read_bytes() == b'{\n  "run_index": 1\n}'
    assert os.listdir(counter.file.parent) == [f"{HASH}.json"]
    assert counter.file.stat().st_mode & 0o777 == 0o644


def test_counts_runs_and_parts_apart(counter: Counter) -> None:
    assert [counter.take(), counter.take(), counter.take()] == [0, 1, 2]
    assert counter.take(run_id="2") == 0
    assert counter.take(base="bench") == 0
    assert counter.take() == 3
    assert counter.warnings == []


@pytest.mark.parametrize(
    ("content", "index"),
    [
        (b'{"run_index":7}', 7),
        (b'{"run_index":7,"more":[]}', 7),
        (b"", 0),
        (b"{", 0),
        (b"[]", 0),
        (b"null", 0),
        (b"{}", 0),
        (b"\xff", 0),
        (b'{"run_index":true}', 0),
        (b'{"run_index":-1}', 0),
        (b'{"run_index":1.0}', 0),
        (b'{"run_index":4294967295}', 0),
        (b"[" * 100_000, 0),
    ],
)
def test_content_of_others(counter: Counter, content: bytes, index: int) -> None:
    counter.file.parent.mkdir(parents=True)
    counter.file.write_bytes(content)
    assert [counter.take(), counter.take()] == [index, index + 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary())
def test_any_content(counter: Counter, content: bytes) -> None:
    counter.file.parent.mkdir(parents=True, exist_ok=True)
    counter.file.write_bytes(content)
    first = counter.take()
    assert counter.take() == first + 1
    assert counter.warnings == []


def test_failure_is_reported_and_gives_0(counter: Counter) -> None:
    (counter.root / ".codspeed").write_text("a file")
    assert [counter.take(), counter.take()] == [0, 0]
    assert len(counter.warnings) == 2
    assert counter.warnings[0].startswith("Failed to track run index: [Errno ")
    assert counter.warnings[0].endswith(". Continuing with index 0.")


def test_failed_write_leaves_nothing(counter: Counter) -> None:
    counter.file.mkdir(parents=True)
    assert counter.take() == 0
    assert "Failed to track run index" in counter.warnings[0]
    counter.file.rmdir()
    assert os.listdir(counter.file.parent) == []
    assert counter.take() == 0


def test_publishers_at_once_get_different_indices(counter: Counter) -> None:
    program = (
        "import sys\n"
        "from rules_codspeed.publish.ci.run_index import next_run_index\n"
        "for _ in range(50): print(next_run_index(*sys.argv[1:4], sys.exit))\n"
    )
    command = [sys.executable, "-c", program, str(counter.root), "1", BASE]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    taken = [int(line) for one in running for line in one.communicate(timeout=60)[0].split()]
    assert sorted(taken) == list(range(200))


def test_looking_counts_nothing(counter: Counter) -> None:
    for expected in (0, 1):
        for _ in range(2):
            root = f"{counter.root}/"
            index = next_run_index(root, "9876543210", BASE, pytest.fail, counted=False)
            assert index == expected
        assert counter.file.exists() == (expected == 1)
        assert counter.take() == expected
