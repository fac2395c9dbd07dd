"""Copies large files within the kernel, without their bytes passing through this process."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 30  # bytes asked of the kernel at once


def copy_file(reading: BinaryIO, target: Path) -> None:
    """Copies the content of a file; shares its blocks where the file system can.

    It makes no hard link: that would change a time stamp of the source, by which Bazel
    decides whether an output of an action is still what the action wrote.

    Args:
      reading: the source, at its start, opened for bytes.
      target: the copy.

    Raises:
      OSError: it cannot be read or written.
    """
    with target.open("wb") as writing:
        with contextlib.suppress(OSError):
            while os.copy_file_range(reading.fileno(), writing.fileno(), _PIECE):
                pass
        # What the kernel could not copy, from the position that it reached.
        shutil.copyfileobj(reading, writing, 1 << 20)
