"""Opens files and folders that a user names; those of an archive are unpacked before."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.contract.file_limits import MOST_ENTRIES, MOST_LEVELS, PROFILE, Limit


def opened(path: Path, limit: Limit = PROFILE) -> BinaryIO:
    """Opens a regular file that is no larger than the limit.

    Raises:
      ValueError: it is none.
      OSError: it cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    file = open(descriptor, "rb")  # noqa: SIM115
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= limit.size:
        return file
    file.close()
    if stat.S_ISREG(status.st_mode):
        raise ValueError(
            f"it has {status.st_size:,} bytes, more than the {limit.size:,} of {limit.kind}"
        )
    raise ValueError("it is not a regular file")


def files_of(folder: Path) -> Iterator[Path]:
    """Yields the regular files of a folder, sorted; no link is followed.

    Raises:
      ValueError: there are more than a profile can have.
    """
    count = 0
    for parent, folders, names in os.walk(folder):
        folders.sort()
        count += len(folders) + len(names)
        if count > MOST_ENTRIES:
            raise ValueError(f"it has more than {MOST_ENTRIES:,} files and folders")
        if len(Path(parent).relative_to(folder).parts) > MOST_LEVELS:
            raise ValueError(f"it has more than {MOST_LEVELS} folders within each other")
        for name in sorted(names):
            path = Path(parent, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
