"""The folder of the user that keeps what comparing a repository needs.

Commits are built in it, so nobody else may write there; and it holds the repository's files, so
nobody else may read there, whatever the umask is.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from rules_codspeed.contract.errors import PROGRAM, CodSpeedError
from rules_codspeed.contract.printing import print_message

_OF_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def cache_folder(root: Path, variables: Mapping[str, str]) -> Path:
    """Returns the folder for a repository; makes it, readable for this user only.

    Args:
      root: of the repository's worktree.
      variables: XDG_CACHE_HOME and HOME count.

    Raises:
      CodSpeedError: there is no home, or something of another user is in the way.
      OSError: it cannot be made.
    """
    cache, home = (variables.get(name, "") for name in ("XDG_CACHE_HOME", "HOME"))
    base = Path(cache) if Path(cache).is_absolute() else Path(home, ".cache")
    if not base.is_absolute():
        raise CodSpeedError(
            "no place to measure in",
            got="neither HOME nor XDG_CACHE_HOME",
            expected="a folder of the user",
            fix="set HOME",
        )
    base.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    folder = base
    for name in ("rules_codspeed", "compare", f"{root.name}-{key}"):
        folder /= name
        _make(folder)
    folder.chmod(0o700)
    return folder


def _make(folder: Path) -> None:
    """Makes a folder where there is none, and takes from others the right to write to it.

    Raises:
      CodSpeedError: it is another user's.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    for status in (folder.lstat(), folder.stat()):
        if status.st_uid != os.geteuid():
            raise CodSpeedError(
                f"{folder} belongs to another user, who could change what is measured",
                got=f"user id {status.st_uid}",
                expected=f"a folder of user id {os.geteuid()}",
                fix="set XDG_CACHE_HOME to a folder of your own",
            )
    if status.st_mode & _OF_OTHERS:
        folder.chmod(stat.S_IMODE(status.st_mode) & ~_OF_OTHERS)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the cache folder of a repository; waits for any other comparison there."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note(f"waiting for another comparison in {folder}")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def note(text: str) -> None:
    """Prints what a person should know, and the comparison goes on."""
    print_message(f"{PROGRAM}: {text}")
