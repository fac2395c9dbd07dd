"""What the operating system refuses in the stage, in sentences for people."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from rules_codspeed.contract.errors import CodSpeedError

_LEAST_SPACE = 256 << 10  # bytes that are free after a run that did not fill the disk


@contextlib.contextmanager
def stage_errors(path: str) -> Iterator[None]:
    """Turns the errors of the operating system about the stage into sentences.

    Raises:
      CodSpeedError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        raise _stage_error(path, error) from error


def _stage_error(path: str, error: OSError) -> CodSpeedError:
    fixes = {
        errno.ENOSPC: "free space on that file system",
        errno.EDQUOT: "free space of your quota on that file system",
        errno.EROFS: "make /tmp writable, for example by Bazel's --sandbox_add_mount_pair=/tmp",
    }
    where = error.filename or path
    return CodSpeedError(
        "the benchmark cannot be staged for measuring",
        got=f"{where}: {error.strerror}",
        expected=f"a file system with space, writable for user id {os.geteuid()}",
        fix=fixes.get(
            error.errno or 0, f"make sure that this user may write at {os.path.dirname(path)}"
        ),
    )


def check_space(folder: str, what: str) -> None:
    """Refuses output that a full disk may have cut off.

    Raises:
      CodSpeedError: no space is left where `folder` is.
    """
    try:
        disk = os.statvfs(folder)
    except FileNotFoundError:
        # The program removed it: whoever reads what it left reports that.
        return
    if disk.f_bavail * disk.f_frsize < _LEAST_SPACE:
        raise CodSpeedError(
            f"{what} may be cut off",
            got=f"no space left at {folder}",
            expected="space for the profile and for what the program writes",
            fix="free space on that file system",
        )
