"""What the scripts that measure speed by hand have in common."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def measure(command: list[str]) -> tuple[float, float]:
    """Runs a command; returns its wall time in seconds and its peak memory in MiB."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "py")}
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def show(what: str, megabytes: float, seconds: float, memory: float, aim: str) -> None:
    """Prints one row."""
    rate = f"{megabytes / seconds:.0f} MB/s" if megabytes else ""
    print(f"{what:44} {megabytes:7.1f} MB {seconds:7.3f} s {rate:>9} {memory:5.0f} MiB  {aim}")
