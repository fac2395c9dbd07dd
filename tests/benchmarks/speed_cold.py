"""Measures a suite of small targets cold, against bare Valgrind. Not a test.

Run it on an idle machine: `python3 tests/benchmarks/speed_cold.py [TARGETS]`. It prints the seconds
of all of them by bare Valgrind, `JOBS` at a time; by Bazel, whose workers read the results; and
by Bazel without workers, with one process and sandbox for each target more. They take turns.
Programs are built, and Bazel's server is warm, before.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.cost import bare_command
from tests.e2e.archives import Workspace
from tests.e2e.bazel import CONSUMER, Bazel, spawns

JOBS = os.cpu_count() or 1
_ROUNDS = 3
_BUILD = """
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_codspeed//rules:defs.bzl", "codspeed_benchmark", "codspeed_suite")

cc_binary(
    name = "fib_bench",
    testonly = True,
    srcs = ["fib_bench.c"],
    local_defines = ["COMPILED_FOR_SIMULATION"],
    deps = ["@rules_codspeed//rules/hooks:instrument_hooks"],
)

NAMES = ["fib_{{}}".format(number) for number in range({targets})]

[codspeed_benchmark(name = name, binary = ":fib_bench", args = ["{argument}"]) for name in NAMES]

codspeed_suite(name = "bench", benchmarks = NAMES)
"""


def bare(commands: list[tuple[list[str], Path, dict[str, str]]]) -> float:
    """Returns the seconds that commands take, `JOBS` at a time."""

    def run(one: tuple[list[str], Path, dict[str, str]]) -> None:
        command, folder, environment = one
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)

    start = time.perf_counter()
    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(run, commands))
    return time.perf_counter() - start


def cold(bazel: Bazel, *flags: str) -> tuple[float, float]:
    """Returns the seconds of a build that measures all targets, and of the median reading in it."""
    # The change is analysed before.
    bazel.run("build", "--nobuild", *flags, "//:bench")
    log = bazel.output_base / "spawns.json"
    start = time.perf_counter()
    bazel.run("build", *flags, f"--execution_log_json_file={log}", "//:bench")
    seconds = time.perf_counter() - start
    readings = [
        float(spawn["metrics"]["totalTime"].rstrip("s"))
        for spawn in spawns(log)
        if spawn["mnemonic"] == "CodSpeedResults"
    ]
    return seconds, statistics.median(readings)


def measured_commands(bazel: Bazel, scratch: Path) -> list[tuple[list[str], Path, dict[str, str]]]:
    """Returns how bare Valgrind runs what a build measured: command, folder, environment."""
    root = Path(bazel.run("info", "execution_root").stdout.strip())
    logs = sorted(root.glob("bazel-out/*/bin/fib_*_simulation.log"))
    return [bare_command(root, log, scratch / log.stem) for log in logs]


def show(way: str, seconds: list[float], first: float, readings: Sequence[float] = ()) -> None:
    """Prints a line of the table."""
    median = statistics.median(seconds)
    reading = f"{statistics.median(readings) * 1000:6.0f} ms a target to read" if readings else ""
    print(f"{way:16} {median:7.2f} s {median / first:6.2f} times bare  {reading}")


def main(targets: int) -> None:
    """Prints the table."""
    ways = {"workers": (), "a process each": ("--strategy=CodSpeedResults=linux-sandbox",)}
    alone: list[float] = []
    measured: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    with (
        Workspace() as workspace,
        Bazel(workspace.folder, flags=["--disk_cache=", f"--jobs={JOBS}"]) as bazel,
        tempfile.TemporaryDirectory() as scratch,
    ):
        workspace.module(deps='bazel_dep(name = "rules_cc", version = "0.2.8")\n')
        workspace.write("BUILD.bazel", _BUILD.format(targets=targets, argument=10))
        workspace.write("fib_bench.c", (CONSUMER / "fib_bench.c").read_text("utf-8"))
        bazel.run("build", "//:bench")
        commands = measured_commands(bazel, Path(scratch))
        # Equal profiles would not be read again.
        arguments = itertools.count(11)
        for _ in range(_ROUNDS):
            alone.append(bare(commands))
            for way, flags in ways.items():
                changed = _BUILD.format(targets=targets, argument=next(arguments))
                workspace.write("BUILD.bazel", changed)
                measured[way].append(cold(bazel, *flags))
    print(f"{targets} targets, {JOBS} at a time, medians of {_ROUNDS} rounds")
    first = statistics.median(alone)
    show("bare Valgrind", alone, first)
    for way, pairs in measured.items():
        seconds, readings = zip(*pairs, strict=True)
        show(way, list(seconds), first, readings)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 99)
