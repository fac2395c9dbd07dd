"""Other conditions for a repeated measurement: what differs between two machines and never counts.

A program whose numbers depend on one of them gives other numbers somewhere else, or tomorrow.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from rules_codspeed.measure.stage.staging import STAGE
from rules_codspeed.measure.stage.trees import walk

# Beyond 256 Python has no shared integer for a process id or a count of links.
_PROCESSES = 300
_FOLDERS = 300
_SECONDS = 86_413  # between the times of two measurements: another day, another second


@contextlib.contextmanager
def other_conditions() -> Iterator[None]:
    """Moves process ids on, and fills the folder that the stage is in."""
    for _ in range(_PROCESSES):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    folders = [f"{STAGE}.beside.{number}" for number in range(_FOLDERS)]
    try:
        for folder in folders:
            with contextlib.suppress(FileExistsError):  # a measurement was killed
                os.mkdir(folder)
        yield
    finally:
        for folder in folders:
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def set_other_times(root: str, number: int) -> None:
    """Sets the access and modification times of a filled stage.

    Args:
      root: folder of the stage.
      number: ordinal of the measurement, from 2; each gives other times.
    """
    for folder, files in walk(root):
        for name in ("", *files):
            path = f"{folder}/{name}"
            before = os.lstat(path)
            moved = number * _SECONDS * 10**9 + number
            # Later, as of a file that was staged later; an earlier one came with the machine.
            times = (before.st_atime_ns - moved, before.st_mtime_ns + 2 * moved)
            os.utime(path, ns=times, follow_symlinks=False)
