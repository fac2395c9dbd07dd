"""Measures what an answer of the fixed kernel costs a program. Not a test.

Run it on an idle machine: `python3 tests/benchmarks/speed_kernel.py`. It builds the library and a
program with the machine's C compiler, and prints microseconds for each call, with and without
the fixed kernel, on one processor and on all: the best of several rounds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "py"))

from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary  # noqa: E402
from rules_codspeed.measure.stage.process import run  # noqa: E402

_PROGRAM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define ROUNDS 7
#define CALLS 2000
#define MEASURE(name, code)                                                         \
  do {                                                                              \
    double best = 1e9;                                                              \
    for (int round = 0; round < ROUNDS; ++round) {                                  \
      struct timespec from, to;                                                     \
      clock_gettime(CLOCK_MONOTONIC, &from);                                        \
      for (int call = 0; call < CALLS; ++call) { code; }                            \
      clock_gettime(CLOCK_MONOTONIC, &to);                                          \
      double spent = (to.tv_sec - from.tv_sec) * 1e6 + (to.tv_nsec - from.tv_nsec) / 1e3; \
      if (spent / CALLS < best) best = spent / CALLS;                               \
    }                                                                               \
    printf("%s %.2f\n", name, best);                                                \
  } while (0)
int main(void) {
  struct stat found;
  MEASURE("getuid", getuid());
  MEASURE("stat", stat("/usr/lib/os-release", &found));
  MEASURE("stat-relative", stat("usr/lib/os-release", &found));
  MEASURE("fstat", fstat(0, &found));
  MEASURE("open-close", close(open("/usr/lib/os-release", O_RDONLY)));
  return 0;
}
"""


def _built(folder: Path) -> tuple[Path, Path]:
    """Compiles the library and the program."""
    library, program, source = folder / "libkernel.so", folder / "calls", folder / "calls.c"
    source.write_text(_PROGRAM, "utf-8")
    sources = sorted((ROOT / "rules/kernel").glob("*.c"))
    flags = ["-O2", "-std=gnu11", "-fvisibility=hidden", "-fPIC", "-shared"]
    subprocess.run(["cc", *flags, *sources, "-o", library], check=True)
    subprocess.run(["cc", "-O2", source, "-o", program], check=True)
    return library, program


def _costs(program: Path, library: KernelLibrary | None) -> dict[str, float]:
    """Runs the program; returns microseconds by name of the call."""
    printed: list[bytes] = []
    services = [FixedKernel(library)] if library else []
    run([str(program)], {}, "/", 300, printed.append, services)
    lines = b"".join(printed).decode().split("\n")[:-1]
    return {name: float(cost) for name, cost in (line.split() for line in lines)}


def main() -> None:
    """Prints a table."""
    with tempfile.TemporaryDirectory() as name:
        built, program = _built(Path(name))
        library = KernelLibrary(str(built))
        without, everywhere = _costs(program, None), _costs(program, library)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        on_one = _costs(program, library)
    print(f"{'us':14} {'kernel':>8} {'fixed':>8} {'fixed, one processor':>21}")
    for call, cost in without.items():
        print(f"{call:14} {cost:8.2f} {everywhere[call]:8.2f} {on_one[call]:21.2f}")


if __name__ == "__main__":
    main()
