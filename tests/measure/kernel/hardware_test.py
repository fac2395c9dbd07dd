"""What a program is told of the processor it runs on, on aarch64: see rules/kernel/auxiliary.c."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target

_EVERYWHERE = 3
"""HWCAP_FP and HWCAP_ASIMD."""


@pytest.fixture
def atomic(compile_c: Callable[..., Path]) -> Path:
    if os.uname().machine != "aarch64":
        pytest.skip("only aarch64 has this vector")
    return compile_c(Path(__file__).with_name("hardware.c"), "-moutline-atomics")


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
