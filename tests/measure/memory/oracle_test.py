"""Other instruments count the same: Valgrind's memcheck and massif, and Python's tracemalloc."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.tracing import Tracer

Compile = Callable[..., Path]
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
STEPS = "".join(f"0 {slot % 16} {slot % 6} {slot * 37 % 5000}\n" for slot in range(400))


@pytest.fixture(scope="session")
def valgrind() -> str:
    found = shutil.which("valgrind")
    if not found:
        pytest.skip("no Valgrind on this machine")
    return found


@pytest.fixture(params=["kinds", "replay"])
def command(request: pytest.FixtureRequest, compile_program: Compile, tmp_path: Path) -> list[str]:
    """A program of our own: what those of a machine allocate is not ours to state."""
    steps = tmp_path / "steps"
    steps.write_text(STEPS)
    commands = {
        "kinds": [str(compile_program("kinds"))],
        # Not what threads and children do: Valgrind counts each process by itself.
        "replay": [str(compile_program("replay")), str(steps), "again"],
    }
    return commands[str(request.param)]


def test_memcheck_counts_the_same(valgrind: str, command: list[str], tracer: Tracer) -> None:
    tool = [valgrind, "--run-libc-freeres=no", "--run-cxx-freeres=no", *command]
    ended = subprocess.run(tool, capture_output=True, text=True, env=ENVIRONMENT)
    found = re.search(r"([\d,]+) allocs, [\d,]+ frees, ([\d,]+) bytes allocated", ended.stderr)
    assert found, ended.stderr
    calls, total = (int(one.replace(",", "")) for one in found.groups())
    left = re.search(r"in use at exit: ([\d,]+) bytes", ended.stderr)
    assert left
    traced = tracer.run(*command)
    assert (traced.totals.calls, traced.totals.total) == (calls, total)
    assert traced.totals.live == int(left[1].replace(",", ""))


def test_massif_sees_the_same_peak(
    valgrind: str, command: list[str], tracer: Tracer, tmp_path: Path
) -> None:
    out = tmp_path / "massif"
    tool = [valgrind, "--tool=massif", "--heap-admin=0", "--alignment=16", "--peak-inaccuracy=0.0"]
    tool += ["--time-unit=B", f"--massif-out-file={out}"]
    subprocess.run([*tool, *command], check=True, capture_output=True, env=ENVIRONMENT)
    peaks = [int(one) for one in re.findall(r"mem_heap_B=(\d+)", out.read_text())]
    assert tracer.run(*command).totals.peak == max(peaks)


_PROGRAM = """
import json, sys, tracemalloc
def work():
    found = {}
    for number in range(3000):
        found[str(number)] = [bytes(number), number]
    return sum(map(len, found))
work()
if sys.argv[1:]:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    work()
    print(json.dumps(tracemalloc.get_traced_memory()[1] - before))
else:
    work()
"""


def test_tracemalloc_sees_the_same_peak(tracer: Tracer) -> None:
    start = [sys.executable, "-I", "-S", "-c"]
    printed = subprocess.run(
        [*start, _PROGRAM, "trace"], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    peak = json.loads(printed.stdout)
    every = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    # -I ignores these variables.
    start = [sys.executable, "-S", "-c"]
    quiet = tracer.run(*start, "import json, sys, tracemalloc", env=every).totals
    traced = tracer.run(*start, _PROGRAM, env=every).totals
    # The whole process, which has its modules besides; the work dominates.
    assert traced.peak - quiet.peak == pytest.approx(peak, rel=0.05)
