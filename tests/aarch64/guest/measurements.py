"""Measurements in the guest by the project's drivers, of programs that the host cross-compiled."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.aarch64.guest.step import Found
from tests.measure.memory.memory_target import MemoryTarget
from tests.measure.modules import python_fields, python_files, site
from tests.measure.target import SPEC, Ended, Simulator, Target, same
from tests.measure.timed.timed_target import PACKAGES, READERS, WALLTIME, TimedTarget

ROOT = Path.cwd()
PROGRAM = ROOT / "tests/aarch64/program"
_HOOKS_PRELOAD = ROOT / "rules/hooks/libpreload.so"
_MEMORY_PRELOAD = ROOT / "rules/memory/libpreload.so"
_KERNEL = ROOT / "rules/kernel/libkernel.so"
_BENCH = """
def test_sum(benchmark):
    assert benchmark(lambda: sum(range(1000))) == 499500
"""
# HWCAP_FP and HWCAP_ASIMD, and nothing of AT_HWCAP2.
_FIRST_ARMV8 = "hardware 3 0"
_VALGRIND = Path("/usr/bin/valgrind.bin")
# A measurement waits for the processors of the host.
_SECONDS = 1200


def _folder() -> Path:
    return Path(tempfile.mkdtemp(dir="/var/tmp"))


def simulated(**changes: Any) -> Target:
    """Returns a target of simulation, by the Valgrind of the guest's Debian."""
    folder = _folder()
    tools = {str(path)[1:]: path for path in [_VALGRIND, *Path("/usr/libexec/valgrind").glob("*")]}
    simulator = Simulator.of(SPEC["simulator"], tools, folder / "simulator")
    spec = {
        **copy.deepcopy(SPEC),
        "simulator": simulator.description,
        "timeout_s": _SECONDS,
        **changes,
    }
    return Target(folder, simulator.manifest, spec, kernel=_KERNEL)


def hooks(*args: str) -> Target:
    """Returns a target whose program calls CodSpeed's hooks."""
    return simulated(args=list(args)).stage("_main/pkg/program", PROGRAM)


def executed(*args: str) -> Target:
    """Returns a target that is measured as a whole."""
    where = {"framework": "exec", "preload": "_main/rules/hooks/libpreload.so"}
    target = simulated(args=list(args), **where).stage("_main/pkg/program", PROGRAM)
    return target.stage("_main/rules/hooks/libpreload.so", _HOOKS_PRELOAD)


def with_python(target: Target) -> Target:
    """Adds a benchmark of pytest-codspeed, and what it imports."""
    target.stage("_main/bench_a.py", _BENCH)
    for path, file in python_files("pytest"):
        target.stage(path, file)
    return target


def pytest_target() -> Target:
    """Returns a target of pytest-codspeed."""
    return with_python(simulated(**python_fields("pytest", ["_main/bench_a.py"])))


def twice(make: Callable[[], Target]) -> Found:
    """Simulates a target twice; the profiles and what is recorded have to be equal."""
    target = make()
    first, second = (target.run(name, timeout=_SECONDS).succeeded() for name in "ab")
    same(first, second)
    provenance = first.provenance
    problems = [
        f"{what} is {got!r} in place of {expected!r}"
        for what, got, expected in [
            ("machine_answered", provenance["machine_answered"], []),
            ("aslr", provenance["aslr"], "off"),
        ]
        if got != expected
    ]
    return Found(f"{_numbers(first)}, twice the same bytes", "; ".join(problems))


def _numbers(ended: Ended) -> str:
    found = [
        f"{uri.rpartition('::')[2]} {numbers[0]:,}"
        for name in ended.profile
        if name.endswith(".out")
        for uri, numbers in ended.benchmarks(name).items()
    ]
    return "; ".join(found) or "no benchmark"


def hardware() -> Found:
    """Measures atomic operations as every processor does them, and as this one does."""
    target = simulated().stage("_main/pkg/program", ROOT / "tests/aarch64/hardware")
    fixed = target.run("fixed", timeout=_SECONDS).succeeded()
    target.spec["fixed_kernel"] = False
    free = target.run("free", timeout=_SECONDS).succeeded()
    told = [
        next(line for line in one.log.splitlines() if line.startswith("hardware "))
        for one in (fixed, free)
    ]
    problem = "" if told[0] == _FIRST_ARMV8 else f"the program is told {told[0]!r}"
    result = f"{_numbers(fixed)} as {told[0]}, {_numbers(free)} as {told[1]}"
    return Found(result, problem)


def memory() -> Found:
    """Counts allocations of the hooks program twice; all that is left has to be equal."""
    spec = {**copy.deepcopy(SPEC), "mode": "memory", "simulator": None}
    spec |= {"args": ["measure"], "preload": "_main/rules/memory/libpreload.so"}
    target = MemoryTarget(_folder(), Path("/nowhere"), spec, kernel=_KERNEL)
    target.fold = ROOT / "rules/memory/libfold.so"
    target.stage("_main/pkg/program", PROGRAM)
    target.stage("_main/rules/memory/libpreload.so", _MEMORY_PRELOAD)
    first, second = (target.run(name, timeout=_SECONDS).succeeded() for name in "ab")
    same(first, second)
    numbers = [(one.folder / "numbers.json").read_bytes() for one in (first, second)]
    if numbers[0] != numbers[1]:
        return Found("differs", f"{numbers[0]!r} and {numbers[1]!r}")
    return Found(f"{len(first.profile)} artifacts, {len(numbers[0])} bytes, twice the same")


def timed(share: Path) -> Found:
    """Times a program under perf, and harvests the recording; both stay for the host."""
    limits = {**copy.deepcopy(SPEC), **WALLTIME, "args": ["measure-long"]}
    target = TimedTarget(_folder(), Path("/nowhere"), limits)
    target.options = []
    target.import_paths = [site(one) for one in (*PACKAGES, *READERS)]
    target.stage("_main/pkg/program", ROOT / "tests/aarch64/timed")
    ended = target.time(timeout=_SECONDS).succeeded()
    profiler = {} if ended.unmeasured else ended.provenance["walltime"]["profiler"]
    if profiler.get("state") != "recorded":
        return Found("not recorded", f"{ended.unmeasured or profiler}\n{ended.stderr}")
    raw = ended.folder / "raw"
    shutil.copytree(raw, share / "raw")
    command = [sys.executable, "-I", "-S", "-B", "py/rules_codspeed/harvest/main.py"]
    command += ["--raw", str(raw), "--profile", str(share / "profile")]
    command += ["--log", str(share / "harvest.log")]
    command += [f"--import-path={site(one)}" for one in PACKAGES]
    subprocess.run(command, check=True, timeout=_SECONDS)
    rounds = ", ".join(f"{uri}: {len(times)} rounds" for uri, times in ended.rounds().items())
    size = (raw / "perf.pipedata").stat().st_size
    return Found(f"{rounds}; perf {profiler['event']}, {size:,} bytes")
