"""What the operating system refuses in the stage, in sentences for a person."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from rules_codspeed.contract.errors import MeasureError, problem

_LEAST_SPACE = 256 << 10  # bytes that are free after a run that did not fill the disk


@contextlib.contextmanager
def stage_errors(path: str) -> Iterator[None]:
    """Turns the errors of the operating system about the stage into sentences.

    Raises:
      MeasureError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        raise _stage_error(path, error) from error


def _stage_error(path: str, error: OSError) -> MeasureError:
    fixes = {
        errno.ENOSPC: "free space on that file system",
        errno.EDQUOT: "free space of your quota on that file system",
        errno.EROFS: "make /tmp writable, such as by Bazel's --sandbox_add_mount_pair=/tmp",
    }
    where = error.filename or path
    return problem(
        "the benchmark cannot be staged for measuring",
        f"{where}: {error.strerror}",
        f"a file system with space, writable for user id {os.geteuid()}",
        fixes.get(error.errno or 0, f"see that this user may write at {os.path.dirname(path)}"),
    )


def check_space(folder: str, what: str) -> None:
    """Refuses what a full disk may have cut off.

    Raises:
      MeasureError: no space is left where `folder` is.
    """
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < _LEAST_SPACE:
        raise problem(
            f"{what} may be cut off",
            f"no space left at {folder}",
            "space for the profile and for what the program writes",
            "free space on that file system",
        )
