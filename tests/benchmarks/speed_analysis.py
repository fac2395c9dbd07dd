"""Measures the analysis of many benchmarks, beside that of genrules. Not a test.

Run it on an idle machine: `python3 tests/benchmarks/speed_analysis.py [TARGETS]`. It prints, for as
many genrules and for as many benchmarks of one program with their suite, what a server of its own
needs that has analysed nothing but one such target: wall time, seconds of a processor, and its
memory after a collection of garbage.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e.archives import Workspace
from tests.e2e.bazel import CONSUMER, Bazel

_HEAP = "--host_jvm_args=-Xmx2500m"
_GENRULES = """
[genrule(
    name = "gen_{}".format(number),
    srcs = ["fib_bench.c"],
    outs = ["gen_{}.out".format(number)],
    cmd = "cp $< $@",
) for number in range(COUNT)]

filegroup(name = "all", srcs = ["gen_{}".format(number) for number in range(COUNT)])
"""
_BENCHMARKS = """
load("@rules_cc//cc:cc_binary.bzl", "cc_binary")
load("@rules_codspeed//rules:defs.bzl", "codspeed_benchmark", "codspeed_suite")

cc_binary(
    name = "fib_bench",
    testonly = True,
    srcs = ["fib_bench.c"],
    deps = ["@rules_codspeed//rules/hooks:instrument_hooks"],
)

NAMES = ["fib_{}".format(number) for number in range(COUNT)]

[codspeed_benchmark(name = name, binary = ":fib_bench", args = [name]) for name in NAMES]

codspeed_suite(name = "all", benchmarks = NAMES)
"""


def _cpu_s(bazel: Bazel) -> float:
    """Returns the seconds of a processor that a server has needed since it started."""
    pid = bazel.run("info", "server_pid").stdout.strip()
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _heap(bazel: Bazel) -> float:
    """Returns the memory of a server in MB."""
    return float(bazel.run("info", "used-heap-size-after-gc").stdout.strip().removesuffix("MB"))


def analyse(what: str, build: str, count: int, *flags: str) -> None:
    """Prints what the analysis of so many targets needs, besides that of the first one."""
    with (
        Workspace() as workspace,
        Bazel(workspace.folder, flags=["--disk_cache="], startup=[_HEAP]) as bazel,
    ):
        workspace.module(deps='bazel_dep(name = "rules_cc", version = "0.2.8")\n')
        workspace.write("fib_bench.c", (CONSUMER / "fib_bench.c").read_text("utf-8"))
        workspace.write("BUILD.bazel", build.replace("COUNT", "1"))
        bazel.run("build", "--nobuild", "//:all")
        before, heap = _cpu_s(bazel), _heap(bazel)
        workspace.write("BUILD.bazel", build.replace("COUNT", str(count)))
        start = time.perf_counter()
        bazel.run("build", "--nobuild", *flags, "//:all")
        seconds = time.perf_counter() - start
        cpu_s, more = _cpu_s(bazel) - before, _heap(bazel) - heap
        print(
            f"{what:24} {seconds:7.2f} s {cpu_s:7.2f} s of a processor {more:6.0f} MB", flush=True
        )


def main(count: int) -> None:
    """Prints the table."""
    print(f"{count:,} targets")
    analyse("genrules", _GENRULES, count)
    analyse("benchmarks", _BENCHMARKS, count, *sys.argv[2:])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
