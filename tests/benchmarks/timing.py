"""What the scripts that measure speed by hand have in common."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Used:
    """What a command needed.

    Attributes:
      seconds: wall time.
      cpu_s: seconds of a processor: what the wall time is where nothing else runs, nearly.
      memory: peak of one process, in MiB.
    """

    seconds: float
    cpu_s: float
    memory: float


def used(command: Sequence[str], **variables: str) -> Used:
    """Runs a command, without its output; returns what it and its children needed.

    Raises:
      CalledProcessError: it failed.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "py"), **variables}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Used(time.perf_counter() - start, cpu_s, usage.ru_maxrss / 1024)


def measure(command: list[str]) -> tuple[float, float]:
    """Runs a command; returns its wall time in seconds and its peak memory in MiB."""
    needed = used(command)
    return needed.seconds, needed.memory


def show(what: str, megabytes: float, seconds: float, memory: float, aim: str) -> None:
    """Prints one row."""
    rate = f"{megabytes / seconds:.0f} MB/s" if megabytes else ""
    print(f"{what:44} {megabytes:7.1f} MB {seconds:7.3f} s {rate:>9} {memory:5.0f} MiB  {aim}")
