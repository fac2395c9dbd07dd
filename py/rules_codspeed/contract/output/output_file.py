"""Files that a person names: never half-written, and no device, pipe or link is replaced."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from rules_codspeed.contract.output.atomic import new_file
from rules_codspeed.contract.output.space import counted_output

_DESCRIPTORS = re.compile(r"/proc/\d+(/task/\d+)?/fd")
_MOST_LINKS = 40  # as in Linux


@contextlib.contextmanager
def output_file(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that a person named, for writing.

    A regular file gets its name when it is complete, as those of `new_file`, and the permissions
    of the one that it replaces. A link is followed to its target. A device, a pipe, and a
    descriptor of a process, such as `/dev/stdout` and `/dev/fd/3`, are written to.

    Args:
      path: the file.

    Raises:
      OSError: it cannot be written; the error names it.
    """
    descriptor = _opened_special(path)
    if descriptor is None:
        with new_file(_target(path), private=False) as file:
            yield file
        return
    try:
        with counted_output(descriptor, path, None) as file:
            yield file
    finally:
        os.close(descriptor)


def append_whole(path: Path, make: Callable[[int], bytes]) -> None:
    """Adds to the end of a file, all or nothing; it is made if it is not there.

    Args:
      path: the file.
      make: returns what is added; it is given the size of the file in bytes.

    Raises:
      OSError: it cannot be written; the file has its size from before.
    """
    with path.open("ab", buffering=0) as file:
        there = file.tell()
        # A device has no disk, and cannot be synchronised.
        disk = path if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
        try:
            with counted_output(file.fileno(), path, disk) as output:
                output.write(make(there))
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(there)
            raise


def _opened_special(path: Path) -> int | None:
    """Opens what is written to and not replaced; returns None for a regular file, or nothing."""
    try:
        found = _descriptor_link(path)
        own = _own_descriptor(found) if found else None
        if own is not None:
            # What is printed comes before what is written now.
            if sys.stdout:
                sys.stdout.flush()
            return os.dup(own)
        if not found:
            mode = os.stat(path).st_mode
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if stat.S_ISREG(mode):
                return None
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOCTTY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _descriptor_link(path: Path) -> str | None:
    """Returns `/proc/<process>/fd/<number>` where a path leads to one; None for any other path.

    Such a link is followed no further: the kernel reads in it what is open, not a name.
    """
    name = os.path.abspath(path)
    for _ in range(_MOST_LINKS):
        folder, last = os.path.split(name)
        folder = os.path.realpath(folder)
        if _DESCRIPTORS.fullmatch(folder) and last.isdecimal():
            return f"{folder}/{last}"
        try:
            name = os.path.join(folder, os.readlink(os.path.join(folder, last)))
        except OSError:  # no link
            return None
    return None


def _own_descriptor(link: str) -> int | None:
    folder, _, number = link.rpartition("/")
    own = {os.path.realpath(one) for one in ("/proc/self/fd", "/proc/thread-self/fd")}
    return int(number) if folder in own else None


def _target(path: Path) -> Path:
    """Returns the path that links lead to.

    Raises:
      OSError: they lead in a circle.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target
