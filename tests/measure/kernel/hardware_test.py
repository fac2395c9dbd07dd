"""What a program is told of the processor it runs on, on aarch64: see rules/kernel/auxiliary.c."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target

_SOURCE = """
#include <pthread.h>
#include <stdio.h>
#include <sys/auxv.h>

#include "core.h"

static int count;

int main(void) {
  printf("hardware %lx %lx\\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
  fflush(stdout);
  InstrumentHooks *hooks = instrument_hooks_init();
  instrument_hooks_start_benchmark_inline(hooks);
  for (int i = 0; i < 1000; ++i) __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
  instrument_hooks_stop_benchmark_inline(hooks);
  instrument_hooks_set_executed_benchmark(hooks, 1, "a.c::atomic");
  return count != 1000;
}
"""
_EVERYWHERE = 3
"""HWCAP_FP and HWCAP_ASIMD."""


@pytest.fixture
def atomic(compile_c: Callable[..., Path], tmp_path: Path) -> Path:
    if os.uname().machine != "aarch64":
        pytest.skip("only aarch64 has this vector")
    source = tmp_path / "atomic.c"
    source.write_text(_SOURCE)
    return compile_c(source, "-moutline-atomics", "-w")


def _told(log: str) -> list[int]:
    (line,) = [one for one in log.splitlines() if one.startswith("hardware ")]
    return [int(word, 16) for word in line.split()[1:]]


def test_every_processor_is_the_first_armv8(
    make_target: Callable[..., Target], atomic: Path
) -> None:
    """Whatever this machine has: a run that shows its extensions is what the kernel prevents."""
    machine = subprocess.run([atomic], capture_output=True, text=True, check=True).stdout
    ended = make_target().stage("_main/pkg/program", atomic).run().succeeded()
    assert _told(ended.log) == [_EVERYWHERE, 0]
    assert ended.provenance["machine_answered"] == []
    free = make_target("free", fixed_kernel=False).stage("_main/pkg/program", atomic).run()
    (fixed,) = ended.benchmarks()["a.c::atomic"][:1]
    (truth,) = free.succeeded().benchmarks()["a.c::atomic"][:1]
    if _told(machine)[0] & 1 << 8:  # HWCAP_ATOMICS
        assert truth < fixed
