"""What the framework pytest does beyond running a program: lists, selects, translates failures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rules_codspeed.measure.frameworks.pytesting.config import find_config
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


ODD = """
import asyncio, unittest
import pytest

def test_measured(benchmark): benchmark(sum, range(100))

@pytest.mark.skip(reason="needs a GPU")
def test_skipped(benchmark): benchmark(sum, range(200))

@pytest.mark.xfail(reason="wrong since the last release", run=False)
def test_not_run(benchmark): benchmark(sum, range(200))

@pytest.mark.xfail(reason="wrong since the last release")
def test_expected_to_fail(benchmark): assert benchmark(sum, range(200)) == 0

@pytest.mark.xfail(reason="wrong since the last release")
def test_expected_to_fail_before(benchmark): assert False

@pytest.mark.xfail(reason="it was mended")
def test_passes_unexpectedly(benchmark): benchmark(sum, range(100))

def test_skips_itself(benchmark): pytest.skip("no data")

@pytest.mark.benchmark
def test_marked_skips_itself(): pytest.skip("no data")

def test_skips_after_measuring(benchmark):
    benchmark(sum, range(100))
    pytest.skip("no use")

def test_never_calls(benchmark): assert sum(range(200)) == 19900

def test_returns_early(benchmark):
    if True: return
    benchmark(sum, range(100))

def test_fails_after_measuring(benchmark): assert benchmark(sum, range(100)) == 0

@pytest.mark.benchmark
def test_marked_fails(): raise ValueError("of the work")

def test_fails_inside(benchmark): benchmark(int, "x")

@pytest.fixture
def broken(): raise OSError("no such table")

def test_setup_fails(broken, benchmark): benchmark(sum, range(100))

@pytest.fixture
def leaky():
    yield
    raise OSError("still open")

def test_teardown_fails(leaky, benchmark): benchmark(sum, range(100))

async def work(n): return sum(range(n))

def test_coroutine(benchmark): benchmark(work, 1000)

def test_coroutine_pedantic(benchmark): benchmark.pedantic(work, args=(1000,))

async def numbers(n):
    for i in range(n): yield i

def test_async_generator(benchmark): benchmark(numbers, 1000)

def test_generator(benchmark): benchmark(lambda: (i for i in range(1000)))

def test_awaited(benchmark): assert benchmark(lambda: asyncio.run(work(1000))) == 499500

@pytest.mark.benchmark
class CaseTest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def take(self, benchmark): self.benchmark = benchmark

    def test_uses_the_fixture(self): self.benchmark(sum, range(200))

    def test_marked_only(self): assert sum(range(200)) == 19900

def test_with_subtests(benchmark, subtests):
    with subtests.test("a"): pytest.skip("a part")
    benchmark(sum, range(100))
"""
MODULE = """
import pytest
pytest.importorskip("no_such_module")

def test_there(benchmark): benchmark(sum, range(100))
"""
ODD_MEASURED = [
    "test_measured",
    "test_passes_unexpectedly",
    "test_awaited",
    "CaseTest::test_uses_the_fixture",
    "test_with_subtests",
]
COROUTINE = "the measured function returned a coroutine that was not awaited"
NEVER = "it passes, but measures nothing: it does not call `benchmark`"
GENERATOR = "the measured function returned a generator, which had not run"
ODD_UNMEASURED = {
    "test_skipped": ("skipped", "needs a GPU"),
    "test_not_run": ("skipped", "expected to fail, and not run: wrong since the last release"),
    "test_expected_to_fail": ("skipped", "expected to fail: wrong since the last release"),
    "test_expected_to_fail_before": ("skipped", "expected to fail: wrong since the last release"),
    "test_skips_itself": ("skipped", "no data"),
    "test_marked_skips_itself": ("skipped", "no data"),
    "test_skips_after_measuring": ("skipped", "no use"),
    "test_never_calls": ("failed", NEVER),
    "test_returns_early": ("failed", NEVER),
    "test_fails_after_measuring": ("failed", "the test failed: assert 4950 == 0"),
    "test_marked_fails": ("failed", "the test failed: ValueError: of the work"),
    "test_fails_inside": ("failed", "the test failed: ValueError: invalid literal"),
    "test_setup_fails": ("failed", "its setup failed: OSError: no such table"),
    "test_teardown_fails": ("failed", "its teardown failed: OSError: still open"),
    "test_coroutine": ("failed", COROUTINE),
    "test_coroutine_pedantic": ("failed", COROUTINE),
    "test_async_generator": ("failed", GENERATOR),
    "test_generator": ("failed", GENERATOR),
    "CaseTest::test_marked_only": ("failed", NEVER),
    "pkg/bench_there.py": ("skipped", "could not import 'no_such_module'"),
}


def _check_reasons(unmeasured: Mapping[str, tuple[str, str]]) -> None:
    for name, (outcome, reason) in unmeasured.items():
        expected = ODD_UNMEASURED[name.removeprefix("pkg/bench_odd.py::")]
        assert (outcome, reason[: len(expected[1])]) == expected, name


def test_pytest_accounts_for_each_benchmark(python_target: Make) -> None:
    sources = {"_main/pkg/bench_odd.py": ODD, "_main/pkg/bench_there.py": MODULE}
    ended = python_target(sources).run().succeeded()
    measured = [uri.removeprefix("pkg/bench_odd.py::") for uri in ended.benchmarks()]
    assert sorted(measured) == sorted(ODD_MEASURED)
    unmeasured = {name.removeprefix("pkg/bench_odd.py::") for name in ended.unmeasured}
    assert unmeasured == set(ODD_UNMEASURED)
    _check_reasons(ended.unmeasured)


NAMES = """
import pytest

@pytest.mark.parametrize("n", [1, 2], ids=["parse (2 files) ", " a::b[c] "])
def test_n(benchmark, n): benchmark(sum, range(n))
"""


EARLY = "it ended the interpreter before pytest was done"


def test_pytest_isolated(python_target: Make) -> None:
    """The same names and accounts; a benchmark that ends pytest costs only itself."""
    chosen = ["test_marked_skips_itself", "test_fails_after_measuring", "uses_the_fixture"]
    sources = {
        "_main/pkg/bench_early.py": _ends_early("pytest.exit('bye', returncode=0)"),
        "_main/pkg/bench_names.py": NAMES,
        "_main/pkg/bench_odd.py": ODD,
        "_main/pkg/bench_skipped.py": SKIPPED,
        "_main/pkg/bench_there.py": MODULE,
    }
    names = " or ".join([*chosen, "bench_early", "bench_names", "bench_skipped"])
    target = python_target(sources, "-k", names, isolate=True)
    ended = target.run().succeeded()
    assert list(ended.instructions("")) == [
        "pkg/bench_early.py::test_first",
        "pkg/bench_names.py::test_n[parse (2 files) ]",
        "pkg/bench_names.py::test_n[ a::b[c] ]",
        "pkg/bench_odd.py::CaseTest::test_uses_the_fixture",
    ]
    unmeasured = ended.unmeasured
    early = unmeasured.pop("pkg/bench_early.py::test_second")
    assert early == ("failed", f"the test failed: {EARLY} (Exit: bye)")
    assert unmeasured.pop("pkg/bench_early.py::test_third")[0] == "failed"
    assert unmeasured.pop("pkg/bench_skipped.py::test_skipped") == ("skipped", "not here")
    odd = [f"pkg/bench_odd.py::{name}" for name in chosen[:2]]
    assert unmeasured.keys() == {*odd, "pkg/bench_there.py"}
    _check_reasons(unmeasured)


def _ends_early(how: str) -> str:
    return f"""
import os, pytest
def test_first(benchmark): benchmark(lambda: 1)
def test_second(benchmark): benchmark(lambda: 1); {how}
def test_third(benchmark): benchmark(lambda: 1); assert False
"""


@pytest.mark.parametrize("how", ["os._exit(0)", "pytest.exit('bye', returncode=0)"])
def test_pytest_ended_early(python_target: Make, how: str) -> None:
    text = python_target({"_main/bench_a.py": _ends_early(how)}).run().failed()
    assert "ended with exit status 0, but" in text
    assert "pytest ran " in text or "was ended before pytest was done" in text


@pytest.mark.parametrize("isolate", [False, True])
def test_pytest_skipped_altogether(python_target: Make, isolate: bool) -> None:
    text = python_target({"_main/bench_b.py": SKIPPED}, isolate=isolate).run().failed()
    assert "//pkg:bench measured nothing: of its 1 benchmarks all were skipped" in text
    assert "  bench_b.py::test_skipped: not here" in text


def test_pytest_of_another_repository(python_target: Make) -> None:
    """The root of each is on the import path, as the launcher of a py_binary has it."""
    bench = "import lib.words\ndef test_a(benchmark): benchmark(lib.words.count)\n"
    words = "def count(): return 3\n"
    sources = {"other~2/pkg/bench_a.py": bench, "far~1.0/lib/words.py": words}
    ended = python_target(sources).run().succeeded()
    assert list(ended.benchmarks()) == ["external/other/pkg/bench_a.py::test_a"]
    assert ended.provenance["interpreter"] == " ".join(sys.version.split())


def test_pytest_is_configured_by_a_declared_file(python_target: Make) -> None:
    bench = "def measure_a(benchmark): benchmark(sum, range(9))\ndef test_b(benchmark): 1 / 0\n"
    config = "[pytest]\npython_functions = measure_*\n"
    ended = python_target({"_main/a/bench_a.py": bench, "_main/pytest.ini": config}).run()
    assert list(ended.succeeded().benchmarks()) == ["a/bench_a.py::measure_a"]
    assert ended.unmeasured == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", ""),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("tox.ini", "[tox]\n[pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
    ],
)
def test_file_that_configures_pytest(tmp_path: Path, name: str, text: str) -> None:
    """The one that pytest itself finds, of those in the stage."""
    root = tmp_path / "root"
    (root / "a/b").mkdir(parents=True)
    tests = [str(root / "a/bench_a.py"), str(root / "a/b/bench_b.py")]
    (tmp_path / "pytest.ini").touch()  # of the machine
    (root / "a/b/pytest.ini").touch()  # of some tests only
    (root / "a/setup.cfg").write_text("[flake8]\n")  # of another program
    assert find_config(tests, str(root)) == os.devnull
    (root / name).write_text(text)
    assert find_config(tests, str(root)) == str(root / name)


def test_pytest_tests_that_fail(python_target: Make) -> None:
    bench = "def test_bad(benchmark):\n    benchmark(lambda: 1)\n    assert False, 'on purpose'\n"
    text = python_target({"_main/bench_a.py": bench}).run().failed()
    assert "//pkg:bench measured nothing: of its 1 benchmarks 1 failed" in text
    assert "bench_a.py::test_bad: the test failed: AssertionError: on purpose" in text


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
