"""The smoke test's entry: the same staging and command, without Valgrind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.measure.target import STAGE, Ended, Target

Make = Callable[..., Target]

BENCH = """
def test_fast(benchmark):
    assert benchmark(lambda: {result}) == 4
"""


def smoke(target: Target, tmp_path: Path) -> Ended:
    """Runs the smoke test as `bazel test` would."""
    target.spec.update(simulator=None, platform="")
    environment = {**os.environ, "TEST_TMPDIR": str(tmp_path), "CODSPEED_ENV": "leaks"}
    return target.run("smoke", entry="smoke.py", env=environment)


@pytest.mark.parametrize("kind", ["hooks", "exec"])
def test_program(kind: str, hooks_target: Make, exec_target: Make, tmp_path: Path) -> None:
    make = {"hooks": hooks_target, "exec": exec_target}[kind]
    smoke(make("measure", env={"MINE": "1"}), tmp_path).succeeded()
    assert not STAGE.exists()
    assert not list(tmp_path.glob("tmp*"))


def test_failing_program(hooks_target: Make, tmp_path: Path) -> None:
    text = smoke(hooks_target("measure", "fail"), tmp_path).failed()
    assert "//pkg:bench ended with exit status 3" in text


def test_hanging_program(hooks_target: Make, tmp_path: Path) -> None:
    text = smoke(hooks_target("sleep", timeout_s=1), tmp_path).failed()
    assert "did not end within 1 s (timeout_s)" in text


def test_child_left_behind(hooks_target: Make, tmp_path: Path) -> None:
    """The program itself has ended in time."""
    text = smoke(hooks_target("measure", "leave-child", timeout_s=1), tmp_path).failed()
    assert "ended with exit status 0, but left processes behind that did not end within 1 s" in text


def test_program_without_debug_information(
    make_target: Make, compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    """The program is built as the user chose, not as it is measured."""
    target = make_target(args=["measure"])
    source = Path(__file__).parent / "program.c"
    smoke(target.stage("_main/pkg/program", compile_c(source, "-Wl,-s")), tmp_path).succeeded()


def test_integrations_stay_passive(hooks_target: Make, tmp_path: Path) -> None:
    target = hooks_target("print-environment", "fail")
    target.spec.update(simulator=None, platform="")
    import subprocess

    command = target.command(tmp_path / "out", "smoke.py")
    environment = {**os.environ, "CODSPEED_ENV": "leaks", "TEST_TMPDIR": str(tmp_path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    variables = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
    assert not variables.keys() & {"CODSPEED_ENV", "CODSPEED_PROFILE_FOLDER", "LD_PRELOAD"}
    assert variables["PYTHONHASHSEED"] == "0"
    assert variables["LC_ALL"] == "C"


@pytest.mark.parametrize("end", [[], ["fail"]])
def test_output_commands_no_log(hooks_target: Make, tmp_path: Path, end: list[str]) -> None:
    """The log of a test is printed by `--test_output`."""
    ended = smoke(hooks_target(*[f"print:{text}" for text in COMMANDS], *end), tmp_path)
    assert ended.status == len(end)
    assert "\nx ##\\x5badd-mask]secret\n" in ended.stdout
    assert "\n:\\x3aset-output name=a::b\n" in f"\n{ended.stdout}"
    for text in (ended.stdout, ended.stderr):
        assert obeyed(text) == []
        assert unseen(text) == ""


@pytest.mark.parametrize(("result", "status"), [("2 + 2", 0), ("5", 1)])
def test_pytest(result: str, status: int, python_target: Make, tmp_path: Path) -> None:
    target = python_target({"_main/bench_a.py": BENCH.replace("{result}", result)})
    ended = smoke(target, tmp_path)
    assert ended.status == status, ended.stderr


@pytest.mark.parametrize(
    ("end", "left_undone"),
    [
        ("os._exit(0)", "the interpreter was ended before pytest was done"),
        ("pytest.exit('enough', 0)", "pytest ran 1 of 3 tests"),
    ],
)
def test_pytest_that_ends_early(
    python_target: Make, tmp_path: Path, end: str, left_undone: str
) -> None:
    """As in the measurement, a status of 0 does not show that all benchmarks ran."""
    bench = f"""
import os, pytest

def test_a(benchmark):
    benchmark(lambda: 1)

def test_b(benchmark):
    {end}

def test_c(benchmark):
    benchmark(lambda: 1)
"""
    text = smoke(python_target({"_main/bench_a.py": bench}), tmp_path).failed()
    assert f"//pkg:bench ended with exit status 0, but {left_undone}" in text
    assert "fix it" in text


@pytest.mark.parametrize("args", [[], ["-p", "pytest_benchmark.plugin"]])
def test_pytest_benchmark_beside_pytest_codspeed(
    python_target: Make, tmp_path: Path, args: list[str]
) -> None:
    """Both have a fixture of that name; pytest-benchmark's calls a function for seconds."""
    bench = """
CALLS = []

def test_counted(benchmark):
    benchmark(CALLS.append, 1)
    assert len(CALLS) == 1, f"called {len(CALLS)} times"
"""
    target = python_target({"_main/bench_a.py": bench}, *args, also="pytest_benchmark cpuinfo")
    smoke(target, tmp_path).succeeded()


def test_pytest_without_extension(python_target: Make, tmp_path: Path) -> None:
    """Nothing is measured, so nothing that measures is needed."""
    sources = {"_main/bench_a.py": BENCH.replace("{result}", "4")}
    smoke(python_target(sources, without="dist_instrument_hooks"), tmp_path).succeeded()
