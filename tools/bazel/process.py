"""Runs the system's tools, and turns their complaints into errors that a person reads."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from errors import BootstrapError, disk_full

# The C library's English messages for ENOSPC and EDQUOT.
_FULL = ("No space left on device", "Disk quota exceeded")


def complaint(stderr: str) -> str:
    """Returns the most informative line of a tool's output.

    apt marks its errors with `E:`, and the first is the cause of the others.
    """
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("E: ") for line in lines if line.startswith("E: ")]
    return (errors or lines or ["it prints no reason"])[0].rstrip(".")


def run(command: Sequence[str], problem: str, fix: str, cwd: Path | None = None) -> str:
    """Runs a tool to its end and returns what it printed.

    Args:
      command: the tool and its arguments.
      problem: what is wrong when it fails, for the error.
      fix: the next step then, for the error.
      cwd: folder that it runs in.

    Raises:
      BootstrapError: it cannot be run, or it failed.
    """
    try:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=cwd,
            # Its complaints are read, above.
            env={**os.environ, "LC_ALL": "C"},
            # It inherits the lock of the setup. One that outlives a killed
            # setup keeps the next from starting while it still writes.
            close_fds=False,
        )
    except OSError as error:
        raise BootstrapError(f"{problem}: {command[0]}: {error.strerror}. {fix}") from error
    if process.returncode == 0:
        return process.stdout
    cause = complaint(process.stderr)
    if any(sign in process.stderr for sign in _FULL):
        raise disk_full(cause)
    raise BootstrapError(f"{problem}: {cause}. {fix}")
