"""pytest-codspeed on the clock, under real perf."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.measure.timed.timed_target import TimedTarget

Make = Callable[..., TimedTarget]

BENCH = """
import pytest

@pytest.mark.parametrize("n", [100, 200])
def test_param(benchmark, n):
    benchmark(lambda: sum(range(n)))

@pytest.mark.benchmark
def test_marked():
    sorted(range(2000))

def test_no_benchmark():
    raise AssertionError("is never run when benchmarks are measured")
"""
URIS = [
    "pkg/bench_a.py::test_param[100]",
    "pkg/bench_a.py::test_param[200]",
    "pkg/bench_a.py::test_marked",
]


@pytest.mark.parametrize("profiler", ["perf", "none"])
def test_benchmarks(python_timed: Make, profiler: str) -> None:
    target = python_timed({"_main/pkg/bench_a.py": BENCH}, profiler=profiler)
    ended = target.time().succeeded()
    stats, rounds = ended.benchmarks(), ended.rounds()
    assert list(stats) == URIS
    assert rounds.keys() == set(URIS)
    for uri in URIS:
        # The numbers of rounds may differ: the planned one is reported (spec: walltime 6.3).
        assert min(rounds[uri]) == stats[uri]["min_ns"]
        assert max(rounds[uri]) == stats[uri]["max_ns"]
        assert sum(rounds[uri]) / len(rounds[uri]) == pytest.approx(stats[uri]["mean_ns"])
    assert ended.provenance["walltime"]["integration"][0] == "pytest-codspeed"
    assert ended.provenance["interpreter"] == " ".join(sys.version.split())
    configs = [
        one["config"]
        for file in ended.walltime["processes"][0]["results"]
        for one in file["benchmarks"]
    ]
    assert all(one["warmup_time_ns"] == 20_000_000 for one in configs)
    assert all(one["max_time_ns"] == 100_000_000 for one in configs)


def test_raw_run(python_timed: Make, recording: None) -> None:
    target = python_timed({"_main/pkg/bench_a.py": BENCH}, "-k", "marked")
    run = target.time().succeeded().run
    assert [uri for _, uri in run["uri_by_ts"]] == [URIS[2]]
    assert run["integration"][0] == "pytest-codspeed"
    (pid,) = run["bench_pids"]
    assert (target.folder / f"out/raw/environment-{pid}.json").exists()


def test_unwinding(python_timed: Make, recording: None) -> None:
    target = python_timed({"_main/pkg/bench_a.py": BENCH}, "-k", "marked")
    assert "--call-graph=dwarf,32768" in target.time().succeeded().provenance["arguments"]


def test_number_of_rounds(python_timed: Make) -> None:
    limits = {"warmup_time": "0", "max_rounds": "7"}
    target = python_timed({"_main/pkg/bench_a.py": BENCH}, "-k", "marked", walltime_args=limits)
    ended = target.time().succeeded()
    assert ended.benchmarks()[URIS[2]]["rounds"] == 7
    assert len(ended.rounds()[URIS[2]]) == 7


def test_suite_of_pytest_benchmark_itself(python_timed: Make) -> None:
    """By the loop of pytest-codspeed, whose times its fixture shows as pytest-benchmark's does."""
    bench = """
import pytest
from pytest_codspeed.plugin import get_plugin

@pytest.mark.benchmark(group="g", min_rounds=3, timer=None)
def test_shown(benchmark, request):
    assert benchmark(sum, range(1000)) == 499500
    stats = get_plugin(request.config).instrument.benchmarks[-1].stats
    shown = benchmark.stats
    assert shown["iterations"] == stats.iter_per_round
    # It states the rounds that it planned; where time is up before, fewer are measured.
    assert 1 <= shown["rounds"] <= stats.rounds
    for name in ("min", "max", "mean"):
        assert shown[name] * 1e9 == pytest.approx(getattr(stats, f"{name}_ns"))

def test_pedantic(benchmark):
    made = []
    def setup(): made.append(1)
    benchmark.pedantic(sum, args=((1, 2),), kwargs=None, setup=setup, rounds=6, warmup_rounds=1)
    assert len(made) == 8 and benchmark.stats["rounds"] == 6

def test_throws(benchmark):
    benchmark(sum, 1)
"""
    sources = {"_main/bench_a.py": bench}
    ended = python_timed(sources, framework="pytest_benchmark", profiler="none").time().succeeded()
    shown, pedantic = "bench_a.py::test_shown", "bench_a.py::test_pedantic"
    assert ended.benchmarks().keys() == ended.rounds().keys() == {shown, pedantic}
    assert ended.benchmarks()[pedantic]["rounds"] == 6
    assert ended.unmeasured.keys() == {"bench_a.py::test_throws"}


@pytest.mark.parametrize("name", ["min_time", "min_rounds"])
def test_limit_that_pytest_has_not(python_timed: Make, name: str) -> None:
    target = python_timed({"_main/bench_a.py": BENCH}, walltime_args={name: "5"})
    text = target.time().failed()
    assert f"pytest-codspeed has no {name}, which //pkg:bench sets" in text
    assert "warmup_time, max_time, max_rounds" in text


@pytest.mark.parametrize(
    ("name", "value"), [("max_time", "soon"), ("max_rounds", "few"), ("max_rounds", "0")]
)
def test_limit_that_cannot_be_used(python_timed: Make, name: str, value: str) -> None:
    target = python_timed({"_main/bench_a.py": BENCH}, walltime_args={name: value})
    text = target.time().failed()
    assert f"{name} among the walltime_args of //pkg:bench" in text
    assert value in text


def test_tests_that_fail(python_timed: Make) -> None:
    bench = "def test_bad(benchmark):\n    benchmark(lambda: 1)\n    assert False, 'on purpose'\n"
    text = python_timed({"_main/bench_a.py": bench}).time().failed()
    assert "//pkg:bench measured nothing: of its 1 benchmarks 1 failed" in text
    assert "bench_a.py::test_bad: the test failed: AssertionError: on purpose" in text


@pytest.mark.parametrize("profiler", ["perf", "none"])
def test_accounts_for_each(python_timed: Make, profiler: str) -> None:
    """What has no number is stated, and no time of it is left in the results."""
    bench = """
import pytest, unittest

def test_measured(benchmark): benchmark(lambda: 1)

def test_late(benchmark):
    benchmark(lambda: 1)
    pytest.skip("not here")

@pytest.mark.parametrize("n", [1, 2])
def test_some(benchmark, n):
    if n == 2: pytest.skip("two is too many")
    benchmark(lambda: n)

def test_never(benchmark): pass

@pytest.mark.xfail(reason="known")
def test_known(benchmark): assert benchmark(lambda: 1) == 2

async def work(): return 1

def test_coroutine(benchmark): benchmark(work)

class TestGroup:
    @classmethod
    def setup_class(cls): raise ValueError("no group")

    def test_in_it(self, benchmark): benchmark(lambda: 1)

class Case(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def given(self, benchmark): self.benchmark = benchmark

    def test_early(self): return
"""
    ended = python_timed({"_main/bench_a.py": bench}, profiler=profiler).time().succeeded()
    assert ended.benchmarks().keys() == {"bench_a.py::test_measured", "bench_a.py::test_some[1]"}
    assert ended.rounds().keys() == ended.benchmarks().keys()
    found = {uri.removeprefix("bench_a.py::"): one for uri, one in ended.unmeasured.items()}
    assert {uri: outcome for uri, (outcome, _) in found.items()} == {
        "test_late": "skipped",
        "test_some[2]": "skipped",
        "test_never": "failed",
        "test_known": "skipped",
        "test_coroutine": "failed",
        "TestGroup::test_in_it": "failed",
        "Case::test_early": "failed",
    }
    assert found["test_late"][1] == "not here"
    assert found["test_known"][1] == "expected to fail: known"
    assert "was not awaited" in found["test_coroutine"][1]
    assert "its setup failed: ValueError: no group" in found["TestGroup::test_in_it"][1]


@pytest.mark.parametrize("how", ["os._exit(0)", "pytest.exit('bye', returncode=0)"])
def test_ended_early(python_timed: Make, how: str) -> None:
    bench = f"""
import os, pytest
def test_first(benchmark): benchmark(lambda: 1)
def test_second(benchmark): benchmark(lambda: 1); {how}
def test_third(benchmark): benchmark(lambda: 1)
"""
    text = python_timed({"_main/bench_a.py": bench}).time().failed()
    assert "ended with exit status 0, but" in text


def test_skipped_altogether(python_timed: Make) -> None:
    bench = """
import pytest
@pytest.mark.skip(reason="not here")
def test_skipped(benchmark): benchmark(lambda: 1)
"""
    text = python_timed({"_main/bench_a.py": bench}).time().failed()
    assert "measured nothing" in text


def test_tests_that_take_too_long(python_timed: Make) -> None:
    bench = "import time\ndef test_slow(benchmark): benchmark(time.sleep, 60)\n"
    text = python_timed({"_main/bench_a.py": bench}, timeout_s=4).time().failed()
    assert "did not end within 4 s (timeout_s)" in text
    assert "walltime_args" in text
