"""What each framework does beyond running a program: lists, selects, translates failures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import STAGE, Target

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


def test_hooks_isolated(hooks_target: Make) -> None:
    ended = hooks_target(isolate=True).run().succeeded()
    assert list(ended.benchmarks("1.out")) == ["pkg/b.c::one"]
    assert list(ended.benchmarks("2.out")) == ["pkg/b.c::two[8/64]"]
    assert sorted(ended.profile) == ["1.out", "2.out", "valgrind.1.log", "valgrind.2.log"]
    assert ended.provenance["isolate"] is True
    assert ended.provenance["interpreter"] == ""
    # Both do the same work, except for the argument: neighbours change nothing.
    assert ended.benchmarks("1.out")["pkg/b.c::one"][0] > 1000


def test_hooks_isolated_filter_that_finds_nothing(hooks_target: Make) -> None:
    text = hooks_target(isolate=True, filter_args=["--benchmark_filter=^nothing$"]).run().failed()
    assert "(benchmark pkg/b.c::one) measured nothing" in text


def test_hooks_isolated_without_list(hooks_target: Make) -> None:
    text = hooks_target("fail", isolate=True, list_args=[]).run().failed()
    assert "(asked for the list of its benchmarks) ended with exit status 3" in text


def test_environment_and_place(hooks_target: Make) -> None:
    target = hooks_target(
        "measure", "print-environment", "print-place", env={"MINE": "a b"}, main_repository="ws"
    )
    target.files["ws/pkg/program"] = target.files.pop("_main/pkg/program")
    target.spec["executable"] = "ws/pkg/program"
    target.stage("far~~ext~data/file.txt", "content\n")
    ended = target.run(env={"SECRET": "1", "HOME": "/home/me"}).succeeded()
    assert f"{STAGE}/w/_main/pkg/program {STAGE}/w/_main" in ended.log
    variables = dict(line.split("=", 1) for line in ended.log.splitlines() if "=" in line)
    assert variables["MINE"] == "a b"
    assert "SECRET" not in variables
    expected = {
        "CODSPEED_ENV": "runner",
        "CODSPEED_RUNNER_MODE": "instrumentation",
        "CODSPEED_PROFILE_FOLDER": f"{STAGE}/profile",
        "HOME": f"{STAGE}/home",
        "PYTHONMALLOC": "malloc",
        "RUNFILES_DIR": f"{STAGE}/w",
    }
    assert expected.items() <= variables.items()
    assert all("/" not in value for value in ended.provenance["pins"].values() if "HOME" in value)


def test_script_as_whole_program(exec_target: Make) -> None:
    """A script's interpreter is measured; it may not start other processes, like any program."""
    script = "#!/bin/bash\necho measured\n"
    target = exec_target()
    path = Path(target.stage("_main/pkg/program", script).files["_main/pkg/program"])
    path.chmod(0o755)
    ended = target.run().succeeded()
    assert list(ended.benchmarks()) == ["exec_harness::pkg:bench"]
    assert ended.provenance["debug_info"] is None
    path.write_text("#!/bin/bash\n/bin/echo measured\n:\n")
    assert "starts other processes" in target.run().failed()


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
    assert "fix the tests that failed" in text


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


def test_other_layouts_are_counted_beside_the_profile(python_target: Make) -> None:
    usual = python_target({"_main/bench_a.py": BENCH}).run().succeeded()
    measured = python_target({"_main/bench_a.py": BENCH}, layouts=2).run("layouts").succeeded()
    assert measured.profile == usual.profile
    first, second = measured.provenance["layouts"]
    assert first.keys() == second.keys() == usual.benchmarks().keys()
    assert first != second
    for uri, totals in usual.benchmarks().items():
        assert first[uri]["Ir"] == pytest.approx(totals[0], rel=0.2)
    assert usual.provenance["layouts"] == []
    assert {**measured.provenance, "layouts": []} == usual.provenance
