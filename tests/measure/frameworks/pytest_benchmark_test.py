"""Suites of pytest-benchmark itself: its whole interface, measured by our pytest-codspeed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Ended, Target, same

Make = Callable[..., Target]

STOCK = "pytest_benchmark"
DOCS = Path(__file__).parents[3] / "docs/languages/python.md"


def smoke(target: Target) -> Ended:
    """Runs the smoke test."""
    target.spec.update(simulator=None, platform="")
    return target.run("smoke", entry="smoke.py")


# What pytest-codspeed's own fixture measures as well: the oracle.
SHARED = """
import pytest

def work(n): return sum(range(n))

def test_plain(benchmark):
    assert benchmark(work, 1000) == 499500

@pytest.mark.parametrize("n", [500, 2000], ids=["parse (2 files) ", " a::b[c]"])
def test_named(benchmark, n):
    benchmark(work, n=n)

def test_setup(benchmark):
    assert benchmark.pedantic(work, setup=lambda: ((1000,), {}), rounds=1) == 499500
"""

SUITE = f"""{SHARED}
import asyncio, unittest

def greet(name, *, fn, uri, target): return f"{{name}} {{fn}} {{uri}} {{target}}"

def test_keywords(benchmark):
    assert benchmark(greet, name="a", fn=1, uri=2, target=3) == "a 1 2 3"

@pytest.mark.benchmark(group="g", min_rounds=5, min_time=0.1, disable_gc=True, warmup=True)
class TestGroup:
    def test_marked(self, benchmark):
        benchmark.extra_info["n"] = 1
        assert (benchmark.group, benchmark.name) == ("g", "test_marked")
        benchmark.group = "other"
        benchmark(work, 10)
        assert benchmark.stats.as_dict()["group"] == "other"

def test_pedantic(benchmark):
    options = dict(rounds=10, iterations=3, warmup_rounds=2, teardown=lambda n: None)
    assert benchmark.pedantic(work, args=[1000], kwargs=None, **options) == 499500

def test_setup_apart(benchmark):
    made = []
    assert benchmark.pedantic(work, args=(10,), setup=lambda: made.append(1), rounds=5) == 45
    assert made

@pytest.mark.parametrize("n", [10])
def test_statistics(benchmark, n):
    assert benchmark.enabled and benchmark.params == {{"n": n}} and not benchmark.stats
    benchmark(work, n)
    assert 0 < benchmark.stats["mean"] < 0.001 and benchmark.stats.stats.rounds == 1
    assert benchmark.stats.get("ops") == 1 / benchmark.stats["mean"]

def test_weaves(benchmark_weave, monkeypatch):
    with pytest.raises(ImportError, match="aspectlib"):
        benchmark_weave("os.getcwd")
    pytest.skip("no aspectlib")

class CaseTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def given(self, benchmark): self.benchmark = benchmark

    def test_case(self): self.benchmark(work, 10)

def test_not_a_benchmark(): raise AssertionError

@pytest.mark.skip(reason="needs a GPU")
def test_skipped(benchmark): benchmark(work, 10)

@pytest.mark.xfail(reason="known")
def test_known(benchmark): assert benchmark(work, 10) == 1

def test_throws(benchmark): benchmark(work, "a")

def test_expects(benchmark):
    with pytest.raises(TypeError): benchmark(work, "a")
    assert benchmark.has_error

def test_broken_setup(benchmark):
    benchmark.pedantic(work, args=(1,), setup=lambda: ((2,), {{}}))

@pytest.fixture
def broken(): raise OSError("no disk")

def test_broken_fixture(benchmark, broken): benchmark(work, 10)

def test_never(benchmark): pass

def test_twice(benchmark): benchmark(work, 10), benchmark(work, 10)

async def later(): return work(10)

def test_coroutine(benchmark): benchmark(later)

def test_awaited(benchmark): assert benchmark(lambda: asyncio.run(later())) == 45
"""

OWN_FIXTURE = """
import pytest

@pytest.fixture
def benchmark(benchmark):
    benchmark.group = "own"
    return benchmark

def test_own(benchmark):
    benchmark(sum, range(10))
    assert benchmark.stats["group"] == "own"
"""

# Of these all but the last would end or skip the run, or warn.
CONFIG = """[pytest]
addopts = --benchmark-only --benchmark-skip --benchmark-compare --benchmark-autosave
    --benchmark-json=times.json --benchmark-min-rounds=3 --benchmark-columns=min,max
filterwarnings = error::UserWarning
"""

SHARED_NAMES = ["test_plain", "test_named[parse (2 files) ]", "test_named[ a::b[c]]", "test_setup"]
MEASURED = [
    *SHARED_NAMES,
    *("test_keywords", "TestGroup::test_marked", "test_pedantic", "test_setup_apart"),
    *("test_statistics[10]", "CaseTest::test_case", "test_awaited"),
]
UNMEASURED = {
    "test_weaves": ("skipped", "no aspectlib"),
    "test_skipped": ("skipped", "needs a GPU"),
    "test_known": ("skipped", "expected to fail: known"),
    "test_throws": ("failed", "the test failed: TypeError: 'str' object"),
    "test_expects": ("failed", "the measured function raised TypeError: "),
    "test_broken_setup": ("failed", "the test failed: TypeError: setup returns arguments"),
    "test_broken_fixture": ("failed", "its setup failed: OSError: no disk"),
    "test_never": ("failed", "it passes, but measures nothing"),
    "test_twice": ("failed", "the test failed: RuntimeError: The benchmark fixture can only"),
    "test_coroutine": ("failed", "the measured function returned a coroutine that was not awaited"),
}
NEAR = 0.02
"""By how much a number may differ: what the interpreter allocates depends on what ran before."""


def test_each_is_measured_skipped_or_failed(python_target: Make) -> None:
    sources = {
        "_main/pkg/bench_a.py": SUITE,
        "_main/pkg/bench_own.py": OWN_FIXTURE,
        "_main/pytest.ini": CONFIG,
    }
    target = python_target(sources, framework=STOCK)
    first = target.run("first").succeeded()
    same(first, target.run("second").succeeded())
    # Neither git nor another program of those that pytest-benchmark asks for names was simulated.
    assert [name for name in first.profile if name.endswith(".out")] == ["1.out"]
    counts = {uri: costs[0] for uri, costs in first.benchmarks().items()}
    assert list(counts) == [
        *(f"pkg/bench_a.py::{n}" for n in MEASURED),
        "pkg/bench_own.py::test_own",
    ]
    assert first.unmeasured.keys() == {f"pkg/bench_a.py::{name}" for name in UNMEASURED}
    for name, (outcome, reason) in UNMEASURED.items():
        found = first.unmeasured[f"pkg/bench_a.py::{name}"]
        assert (found[0], found[1][: len(reason)]) == (outcome, reason), name
    # Once, whatever rounds and iterations are.
    plain, pedantic = (counts[f"pkg/bench_a.py::{n}"] for n in ("test_plain", "test_pedantic"))
    assert pedantic == pytest.approx(plain, rel=NEAR)
    oracle = python_target({"_main/pkg/bench_a.py": SHARED}, folder="oracle").run().succeeded()
    assert list(oracle.benchmarks()) == [f"pkg/bench_a.py::{name}" for name in SHARED_NAMES]
    for uri, costs in oracle.benchmarks().items():
        assert counts[uri] == pytest.approx(costs[0], rel=NEAR), uri


@pytest.mark.parametrize("isolate", [False, True])
def test_smoke_test_calls_each_once(python_target: Make, isolate: bool) -> None:
    bench = """
CALLS = []

def test_counted(benchmark):
    benchmark(CALLS.append, 1)
    assert len(CALLS) == 1 and benchmark.stats["rounds"] == 1

def test_rounds(benchmark):
    calls = []
    benchmark.pedantic(calls.append, args=(1,), rounds=5, iterations=7)
    assert len(calls) == 1
"""
    options = ["-p", "no:benchmark"]
    target = python_target({"_main/bench_a.py": bench}, *options, framework=STOCK, isolate=isolate)
    smoke(target).succeeded()


def test_nothing_is_chosen(python_target: Make) -> None:
    sources = {"_main/bench_a.py": SHARED}
    text = smoke(python_target(sources, "-k", "other", framework=STOCK)).failed()
    assert "ended with exit status 5" in text


ASV = """
class TimeWords:
    params = (["a", "b"], [1, 2])

    def setup(self, word, count): self.text = word * count
    def time_split(self, word, count): assert self.text.split() == [word * count]
    def teardown(self, word, count): del self.text

class TimePlain:
    def time_nothing(self): pass
    def track_size(self): return 1
"""


def test_recipe_for_classes_of_asv(python_target: Make) -> None:
    """That of the documentation, as it is there."""
    recipe = DOCS.read_text().partition("```python\n# bench_asv.py")[2].partition("```")[0]
    sources = {"_main/bench_asv.py": recipe, "_main/asv_suite.py": ASV}
    ended = smoke(python_target(sources, "-v", framework=STOCK)).succeeded()
    for name in ("TimeWords.time_split-a-1", "TimeWords.time_split-b-2", "TimePlain.time_nothing"):
        assert f"bench_asv.py::test_asv[{name}] PASSED" in ended.stdout
    assert "5 passed" in ended.stdout


def test_recognised_without_running(python_target: Make) -> None:
    """As `auto` drives it: by framework pytest, which lacks what measures."""
    bench = {"_main/bench_a.py": SHARED}
    also = "pytest_benchmark cpuinfo"
    ended = python_target(bench, without="/pytest_codspeed", also=also).run()
    text = ended.failed()
    assert "a program with pytest-benchmark, and without pytest-codspeed" in text
    assert 'set framework = "pytest_benchmark"' in text
    assert ended.log == "" or "session starts" not in ended.log


def test_no_pytest_benchmark(python_target: Make) -> None:
    bench = {"_main/bench_a.py": SHARED}
    text = python_target(bench, framework=STOCK, without="/pytest_benchmark").run().failed()
    assert "//pkg:bench has no pytest-benchmark" in text


def test_a_python_without_a_wheel(python_target: Make) -> None:
    bench = {"_main/bench_a.py": SHARED}
    text = python_target(bench, framework=STOCK, without="dist_instrument_hooks").run().failed()
    assert "CPython 3.10 to 3.14" in text
