"""A target gives the same bytes wherever, by whomever and however often it is measured."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from tests.measure.target import STAGE, Ended, Target, same

BENCH = """
import helper

def test_fib(benchmark):
    benchmark(helper.fib, 6)

def test_text(benchmark, tmp_path):
    (tmp_path / "file").write_text("text")
    benchmark(lambda: sorted({str(i): i for i in range(200)}))
"""
BENCH_OF_MAIN = """
import _main.helper

def test_fib(benchmark):
    benchmark(_main.helper.fib, 6)
"""
HELPER = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n"

# As for another user: everything that a driver inherits is different.
_OTHER_USER = {
    "HOME": "/nonexistent/of/somebody/else",
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "TZ": "Asia/Kathmandu",
    "PYTHONHASHSEED": "99",
    "VALGRIND_OPTS": "--tool=none",
    "LD_BIND_NOW": "1",
    "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "A_LONG_VARIABLE": "x" * 3000,
    "PATH": os.environ["PATH"],
}


def other_circumstances() -> None:
    """Runs in the child, before the driver."""
    import resource
    import signal

    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (64 << 20 if hard < 0 else hard, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(7)[1]))


def check(make: Callable[[str], Target]) -> Ended:
    """Measures in several ways; returns the first measurement."""
    first = make("a").run().succeeded()
    same(first, make("a").run().succeeded())
    elsewhere = make("a/longer/" + "and-longer-" * 12)
    os.environ["TMPDIR"] = str(elsewhere.folder)
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        other = elsewhere.run(
            env=_OTHER_USER,
            cwd="/",
            pass_fds=[descriptor],
            preexec_fn=other_circumstances,
            stdin=subprocess.DEVNULL,
        )
    finally:
        os.close(descriptor)
        del os.environ["TMPDIR"]
    same(first, other.succeeded())
    for content in first.profile.values():
        assert str(STAGE).encode() not in content
    return first


def test_hooks(hooks_target: Callable[..., Target]) -> None:
    arguments = ["measure", "measure-again", "measure-stage-path", "own-file"]
    first = check(lambda folder: hooks_target(*arguments, folder=folder))
    found = first.benchmarks()
    assert list(found) == ["pkg/b.c::work", "pkg/b.c::again", "pkg/b.c::staged"]
    assert all(totals[0] > 1000 for totals in found.values())
    assert first.profile["notes.txt"] == b"kept\n"
    # The compiler recorded /proc/self/cwd/tests/measure/program.c.
    assert b"\nfl=tests/measure/program.c\n" in first.profile["1.out"]


def test_processes(hooks_target: Callable[..., Target]) -> None:
    arguments = ["measure", "fork", "exec", "fork-plain"]
    first = check(lambda folder: hooks_target(*arguments, folder=folder))
    assert [name for name in first.profile if name.endswith(".out")] == [
        "1.out",
        "2.out",
        "3.out",
        "4.out",
    ]
    assert list(first.benchmarks("2.out")) == ["pkg/b.c::child"]
    assert list(first.benchmarks("3.out")) == ["pkg/b.c::again"]
    assert first.benchmarks("4.out") == {}
    for number in "1234":
        assert f"\npid: {number}\n".encode() in first.profile[f"{number}.out"]


def test_threads(hooks_target: Callable[..., Target]) -> None:
    # The kernel chooses which thread goes on under Valgrind's lock: not the same to the byte.
    first, second = (hooks_target("threads").run().succeeded().benchmarks() for _ in range(2))
    assert first.keys() == second.keys() == {"pkg/b.c::threads"}
    (one,), (other,) = first.values(), second.values()
    assert one[0] > 10000
    assert abs(one[0] - other[0]) < one[0] * 0.02


def test_whole_program(exec_target: Callable[..., Target]) -> None:
    first = check(lambda folder: exec_target("own-file", "garbage", folder=folder))
    (uri,) = first.benchmarks()
    assert uri == "exec_harness::pkg:bench"
    # It makes system calls, which take time of the host's clock.
    events = next(
        line.split()[1:] for line in first.profile["1.out"].splitlines() if line[:7] == b"events:"
    )
    totals = first.benchmarks()[uri]
    assert totals[events.index(b"sysCount")] > 0
    assert len(totals) <= events.index(b"sysTime")


def test_names_that_bazel_gives_repositories(python_target: Callable[..., Target]) -> None:
    """The folder of the runfiles is on the import path, where Python lists it."""
    sources = {"_main/pkg/bench_a.py": BENCH_OF_MAIN, "_main/helper.py": HELPER}
    first = python_target(sources, wheels="wheels~1").run().succeeded()
    assert list(first.benchmarks()) == ["pkg/bench_a.py::test_fib"]
    other = python_target(sources, wheels="_main+of_an_extension+wheels", folder="other")
    assert other.run().succeeded().profile == first.profile


def test_pytest(python_target: Callable[..., Target]) -> None:
    sources = {
        "_main/pkg/bench_a.py": BENCH,
        "_main/pkg/bench_b.py": BENCH,
        "_main/helper.py": HELPER,
    }
    first = check(lambda folder: python_target(sources, folder=folder))
    assert list(first.benchmarks()) == [
        f"pkg/bench_{file}.py::test_{name}" for file in "ab" for name in ["fib", "text"]
    ]
