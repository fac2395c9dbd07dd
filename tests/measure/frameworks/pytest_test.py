"""What the framework pytest does beyond running a program: lists, selects, translates failures."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.measure.target import Target

Make = Callable[..., Target]

BENCH = """
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_param(benchmark, n):
    benchmark(lambda: n + 1)

@pytest.mark.benchmark
def test_marked():
    sorted(range(20))

def test_no_benchmark():
    raise AssertionError("is never run when benchmarks are measured")
"""


SKIPPED = """
import pytest
@pytest.mark.skip(reason="not here")
def test_skipped(benchmark): benchmark(lambda: 1)
"""


def test_pytest_isolated(python_target: Make) -> None:
    sources = {"_main/pkg/bench_a.py": BENCH, "_main/pkg/bench_b.py": SKIPPED}
    ended = python_target(sources, isolate=True).run().succeeded()
    found = [list(ended.benchmarks(f"{n}.out")) for n in (1, 2, 3, 4)]
    assert found == [
        ["pkg/bench_a.py::test_param[1]"],
        ["pkg/bench_a.py::test_param[2]"],
        ["pkg/bench_a.py::test_marked"],
        [],
    ]


@pytest.mark.parametrize(
    ("how", "isolate"),
    [
        ("os._exit(0)", False),
        ("pytest.exit('bye', returncode=0)", False),
        ("pytest.exit('bye', returncode=0)", True),
    ],
)
def test_pytest_ended_early(python_target: Make, how: str, isolate: bool) -> None:
    bench = f"""
import os, pytest
def test_first(benchmark): benchmark(lambda: 1)
def test_second(benchmark): benchmark(lambda: 1); {how}
def test_third(benchmark): benchmark(lambda: 1); assert False
"""
    text = python_target({"_main/bench_a.py": bench}, isolate=isolate).run().failed()
    assert "ended with exit status 0, but" in text
    assert "pytest ran " in text or "was ended before pytest was done" in text


def test_pytest_skipped(python_target: Make) -> None:
    sources = {"_main/bench_a.py": BENCH, "_main/bench_b.py": SKIPPED}
    assert len(python_target(sources).run().succeeded().benchmarks()) == 3


def test_pytest_skipped_altogether(python_target: Make) -> None:
    text = python_target({"_main/bench_b.py": SKIPPED}).run().failed()
    assert "measured nothing" in text


def test_pytest_of_another_repository(python_target: Make) -> None:
    ended = python_target({"far~1.0/pkg/bench_a.py": BENCH}, "-k", "marked").run().succeeded()
    assert list(ended.benchmarks()) == ["external/far/pkg/bench_a.py::test_marked"]
    assert ended.provenance["interpreter"] == " ".join(sys.version.split())


def test_pytest_tests_that_fail(python_target: Make) -> None:
    bench = "def test_bad(benchmark):\n    benchmark(lambda: 1)\n    assert False, 'on purpose'\n"
    text = python_target({"_main/bench_a.py": bench}).run().failed()
    assert "ended with exit status 1" in text
    assert "on purpose" in text
    assert "run the smoke test, which runs the same without measuring" in text


def test_pytest_without_benchmarks(python_target: Make) -> None:
    bench = "def test_plain():\n    pass\n"
    text = python_target({"_main/bench_a.py": bench}).run().failed()
    assert "ended with exit status 5" in text
    assert "fixture `benchmark`" in text


def test_pytest_without_extension(python_target: Make) -> None:
    target = python_target({"_main/bench_a.py": BENCH}, without="dist_instrument_hooks")
    text = target.run().failed()
    assert "no native extension" in text
    assert "py3-none-any" in text


def test_pytest_not_among_the_dependencies(python_target: Make) -> None:
    text = python_target({"_main/bench_a.py": BENCH}, without="/pytest/").run().failed()
    assert "No module named pytest" in text
    assert "deps" in text


def test_pytest_without_tests(python_target: Make) -> None:
    text = python_target({"_main/library.py": ""}).run().failed()
    assert "has no file with benchmarks" in text


def test_pytest_interpreter_behind_a_script(python_target: Make) -> None:
    target = python_target({"_main/bench_a.py": BENCH}, "-k", "marked")
    target.stage("_main/py3wrapper.sh", "#!/bin/sh\nexec python3 $@\n")
    target.spec["python"]["interpreter"] = "_main/py3wrapper.sh"
    ended = target.run().succeeded()
    # One process: the interpreter itself.
    assert [name for name in ended.profile if name.endswith(".out")] == ["1.out"]


@pytest.mark.parametrize("python", ["/nonexistent/python3", "_main/missing"])
def test_pytest_interpreter_missing(python_target: Make, python: str) -> None:
    target = python_target({"_main/bench_a.py": BENCH})
    target.spec["python"]["interpreter"] = python
    text = target.run().failed()
    assert "interpreter of //pkg:bench cannot be read" in text
