"""Python benchmarks in processes that are forks of one which collected all of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.untrusted import UntrustedFolder
from rules_codspeed.measure.simulation.profile import ProfileFolder
from rules_codspeed.measure.stage.names import Names
from tests.measure.target import Ended, Target, make_spec

Make = Callable[..., Target]

EARLY = "the test failed: it ended the interpreter before pytest was done"

FIXTURES = """
import unittest, warnings
import pytest

made = []

@pytest.fixture(scope="session")
def shared():
    made.append("session")
    yield made
    print("end of the session's fixture")
    assert made == ["session", "module"]

@pytest.fixture(scope="module")
def near(shared):
    made.append("module")
    return shared

def test_first(benchmark, near):
    benchmark(lambda: 1)
    assert made == ["session", "module"]

def test_second(benchmark, near, request, tmp_path):
    benchmark(lambda: 1)
    assert made == ["session", "module"]
    assert [item.name for item in request.session.items] == ["test_second"]
    assert tmp_path.parent.name == "pytest" and len(list(tmp_path.parent.iterdir())) == 2
    (tmp_path / "left").touch()

def test_third(benchmark, tmp_path):
    benchmark(lambda: 1)
    assert tmp_path.name == "test_third0"
    # The folder itself and the link to the newest one.
    assert len(list(tmp_path.parent.iterdir())) == 2
    warnings.warn("worn out")

class CaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls): made.append("class")

    @pytest.fixture(autouse=True)
    def take(self, benchmark): self.benchmark = benchmark

    def test_one(self): self.benchmark(lambda: 1); assert made == ["class"]
    def test_two(self): self.benchmark(lambda: 1); assert made == ["class"]

def test_leaky(benchmark, shared): benchmark(lambda: 1)
"""

ENDINGS = """
import os, signal
import pytest

def test_prints_and_ends(benchmark):
    print("last words", flush=True)
    benchmark(lambda: os._exit(3))

def test_after(benchmark):
    print("of its own")
    benchmark(lambda: 1)
    assert False

def test_killed(benchmark): os.kill(os.getpid(), signal.SIGKILL)
def test_exit(benchmark): pytest.exit("bye")
def test_forks(benchmark):
    benchmark(lambda: 1)
    os.fork()

def test_writes_everywhere(benchmark):
    for descriptor in range(3, 64):
        try: os.write(descriptor, b"{")
        except OSError: pass

def test_interrupts(benchmark): raise KeyboardInterrupt
def test_unspeakable(benchmark, record_property): record_property("sizes", {(1, 2): 3})
def test_fine(benchmark): benchmark(lambda: 1)
def test_kills_its_parent(benchmark): os.kill(os.getppid(), signal.SIGKILL)
def test_last(benchmark): benchmark(lambda: 1)
"""


def forked(make: Make, tmp_path: Path, source: str, *args: str, **changes: object) -> Ended:
    """Runs a suite once, each benchmark in a fork, without a simulator."""
    target = make({"_main/bench_a.py": source}, *args, isolate=True, **changes)
    target.spec.update(simulator=None, platform="")
    environment = {**os.environ, "TEST_TMPDIR": str(tmp_path)}
    return target.run("smoke", entry="smoke.py", env=environment)


def test_fixtures_are_those_of_one_test(python_target: Make, tmp_path: Path) -> None:
    ended = forked(python_target, tmp_path, FIXTURES)
    assert "1 benchmark of //pkg:bench failed" in ended.failed()
    assert "bench_a.py::test_leaky: its teardown failed: AssertionError" in ended.stderr
    assert "6 passed" in ended.stdout
    assert "UserWarning: worn out" in ended.stdout
    assert ended.stdout.count("test session starts") == 1


def test_plugins_that_write_to_the_terminal(python_target: Make, tmp_path: Path) -> None:
    bench = "def test_one(benchmark, tmp_path): benchmark(lambda: 1)"
    ended = forked(python_target, tmp_path, bench, "--setup-show").succeeded()
    assert "1 passed" in ended.stdout


def test_one_that_ends_costs_only_itself(python_target: Make, tmp_path: Path) -> None:
    ended = forked(python_target, tmp_path, ENDINGS)
    text = ended.failed()
    assert "9 benchmarks of //pkg:bench failed" in text
    assert f"bench_a.py::test_prints_and_ends: {EARLY} (exit status 3)" in text
    assert f"bench_a.py::test_killed: {EARLY} (killed by signal 9)" in text
    assert f"bench_a.py::test_exit: {EARLY} (Exit: bye)" in text
    assert f"bench_a.py::test_writes_everywhere: {EARLY} (exit status 0)" in text
    assert f"bench_a.py::test_interrupts: {EARLY} (KeyboardInterrupt)" in text
    assert f"bench_a.py::test_unspeakable: {EARLY} (exit status 1)" in text
    assert "TypeError: keys must be str" in ended.stdout
    assert ended.stdout.count("short test summary info") == 1
    for name in ("test_kills_its_parent", "test_last"):
        killed = f"{EARLY} (the process that it is a fork of was killed)"
        assert f"bench_a.py::{name}: {killed}" in text
    own, _, others = ended.stdout.partition("_ test_after _")
    assert "last words" in own
    assert "of its own" in others
    assert "last words" not in others


def test_one_that_takes_all_the_time(python_target: Make, tmp_path: Path) -> None:
    source = """
import time
def test_fine(benchmark): benchmark(lambda: 1)
def test_hangs(benchmark): time.sleep(600)
def test_late(benchmark): benchmark(lambda: 1)
"""
    text = forked(python_target, tmp_path, source, timeout_s=45).failed()
    assert "2 benchmarks of //pkg:bench failed" in text
    assert "test_hangs: it did not end within 45 s (timeout_s) and was killed" in text
    assert "test_late: it was not run: what came before took all of timeout_s" in text


def test_modules_that_start_threads(python_target: Make, tmp_path: Path) -> None:
    """A fork would have none of them: each benchmark gets an interpreter of its own."""
    source = """
import threading
done = threading.Event()
thread = threading.Thread(target=done.wait, daemon=True)
thread.start()
ran = []

@__import__("pytest").mark.parametrize("n", [1, 2])
def test_n(benchmark, n):
    assert thread.is_alive()
    ran.append(benchmark(lambda: n))
    assert len(ran) == 1
"""
    ended = forked(python_target, tmp_path, source).succeeded()
    assert "//pkg:bench starts threads when it is imported: each benchmark gets" in ended.stdout
    # The attempt, and one of each; the list is not shown.
    assert ended.stdout.count("test session starts") == 3


NEIGHBOURS = """
import decimal, json, re
import pytest

TABLE = {str(number): [number] for number in range(777)}

def test_before(benchmark): benchmark(lambda: [decimal.Decimal(n) for n in range(100)])
"""
WORK = """
import json, re
import pytest

@pytest.mark.parametrize("n", [1, 2, 3])
def test_sorts(benchmark, n): benchmark(lambda: sorted(str(i) for i in range(300)))

def test_parses(benchmark): benchmark(lambda: json.loads(json.dumps(list(range(500)))))
"""


def test_neighbours_move_nothing(python_target: Make) -> None:
    """Beyond the limit; in one process the same change moves these numbers by several percent."""
    options = {"isolate": True, "timeout_s": 600}
    alone = python_target({"_main/bench_a.py": WORK}, folder="alone", **options)
    beside = {"_main/bench_a.py": NEIGHBOURS + WORK, "_main/bench_0.py": NEIGHBOURS}
    first = alone.run().succeeded().instructions("bench_a.py::")
    second = python_target(beside, folder="beside", **options).run().succeeded()
    assert first["test_sorts[1]"] == first["test_sorts[2]"] == first["test_sorts[3]"]
    found = second.instructions("bench_a.py::")
    for name, count in first.items():
        assert found[name] == pytest.approx(count, rel=0.01), name
    assert second.provenance["isolate"] is True
    assert second.provenance["uncounted_children"] == 0


@pytest.mark.parametrize(
    ("content", "is_kept"),
    [
        (b"# callgrind format\nevents: Ir\nsummary: 3\n\nfn=a\n1 3\n\ntotals: 3\n", True),
        (b"# callgrind format\nevents: Ir\nsummary: 3\n\nfn=a\n1 ", False),
        (b"", False),
    ],
)
def test_profile_of_a_killed_process(tmp_path: Path, content: bytes, is_kept: bool) -> None:
    """One that is not whole is left out; only where something was killed."""
    (tmp_path / "left").mkdir()
    (tmp_path / "taken").mkdir()
    (tmp_path / "left/4711.out").write_bytes(content)
    (tmp_path / "left/other.json").write_text(json.dumps([1]))
    with UntrustedFolder(str(tmp_path / "left")) as left:
        folder = ProfileFolder(str(tmp_path / "taken"), Names({}), make_spec())
        folder.add_run(left, 4711, killed=True)
    expected = {"1.out", "other.json"} if is_kept else {"other.json"}
    assert set(os.listdir(tmp_path / "taken")) == expected
