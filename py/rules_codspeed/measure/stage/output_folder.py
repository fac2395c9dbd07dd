"""Folders to write to: an action's, kept open while a driver fills it, and empty ones."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from rules_codspeed.contract.errors import CodSpeedError


@contextlib.contextmanager
def output_folder(path: str, label: str) -> Iterator[str]:
    """Yields a folder to write to, by its descriptor.

    A driver that outlives a killed Bazel goes on; if Bazel has made the folder anew
    meanwhile, the old one is gone, and nothing gets into the new one.

    Args:
      path: of the folder; made if it is not there.
      label: of the benchmark.

    Raises:
      CodSpeedError: it is not empty.
    """
    os.makedirs(path, exist_ok=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if os.listdir(descriptor):
            raise CodSpeedError(
                f"the profile folder of {label} is not empty",
                got=path,
                expected="an empty folder",
                fix="remove what is in it",
            )
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def empty_folder(folder: str) -> None:
    """Makes a folder that is empty."""
    if os.path.isdir(folder) and not os.path.islink(folder):
        shutil.rmtree(folder)
    elif os.path.lexists(folder):
        os.unlink(folder)
    os.makedirs(folder)
