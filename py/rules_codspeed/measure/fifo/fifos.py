"""Pairs of FIFOs: the runner's, which clients look for, and perf's (spec: hooks-fifo 2, 9)."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

CTL_NAME: Final = "runner.ctl.fifo"
ACK_NAME: Final = "runner.ack.fifo"
_FIX = "remove it, or measure under the strategy linux-sandbox, where each action has its own /tmp"


class Fifos(NamedTuple):
    """Two open FIFOs, neither of which ever blocks or ends.

    Attributes:
      ctl: file descriptor of what carries commands.
      ack: file descriptor of what carries answers.
      ctl_path: path of the first.
      ack_path: path of the second.
    """

    ctl: int
    ack: int
    ctl_path: str
    ack_path: str


@contextlib.contextmanager
def runner_fifos(folder: str = "/tmp") -> Iterator[Fifos]:
    """Makes the FIFOs of the runner, in place of stale ones, and removes them at the end.

    Args:
      folder: where clients look; all of CodSpeed's look in /tmp.

    Raises:
      CodSpeedError: they cannot be made, or another runner listens there.
    """
    ctl = f"{folder}/{CTL_NAME}"
    _refuse_other_runner(ctl)
    with fifo_pair(ctl, f"{folder}/{ACK_NAME}") as fifos:
        yield fifos


@contextlib.contextmanager
def fifo_pair(ctl: str, ack: str) -> Iterator[Fifos]:
    """Makes two FIFOs in place of what is there, and removes them at the end.

    Raises:
      CodSpeedError: they cannot be made.
    """
    with _fifo(ctl) as reading, _fifo(ack) as writing:
        yield Fifos(reading, writing, ctl, ack)


@contextlib.contextmanager
def _fifo(path: str) -> Iterator[int]:
    """Makes one, open for reading and writing, so that neither opening it nor its end waits."""
    try:
        # If it cannot be removed, the next step reports that.
        with contextlib.suppress(OSError):
            os.unlink(path)
        os.mkfifo(path, 0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise _not_made(path, error) from error
    try:
        yield descriptor
    finally:
        # A stale one costs a client that is not measured four seconds.
        with contextlib.suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), os.lstat(path)):
                os.unlink(path)
        os.close(descriptor)


def _not_made(path: str, error: OSError) -> CodSpeedError:
    return CodSpeedError(
        "a pipe for the benchmark process cannot be made",
        got=f"{path}: {error.strerror}",
        expected=f"a folder where user id {os.geteuid()} may make it, and nothing of another user "
        "there",
        fix=_FIX,
    )


def _refuse_other_runner(path: str) -> None:
    """Raises CodSpeedError if a process reads from that FIFO."""
    try:
        if not stat.S_ISFIFO(os.lstat(path).st_mode):
            return
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:  # none, or nobody reads it, or another user's: making one reports that
        return
    holders = list(_holders(os.fstat(descriptor)))
    os.close(descriptor)
    raise CodSpeedError(
        "another process measures on this machine, or a benchmark of an earlier run still runs",
        got=f"{path} is open in {', '.join(holders) or 'a process of another user'}",
        expected="one measurement at a time where /tmp is shared",
        fix="wait for it or end it, or measure under the strategy linux-sandbox, where each action "
        "has its own /tmp",
    )


def _holders(wanted: os.stat_result) -> Iterator[str]:
    """Yields the other processes that have a file open, as far as they may be looked at."""
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if any(_is_open(f"/proc/{name}/fd", wanted)):
                with open(f"/proc/{name}/comm", encoding="utf-8", errors="replace") as file:
                    yield f"process {name} ({file.read().strip()})"


def _is_open(folder: str, wanted: os.stat_result) -> Iterator[bool]:
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            yield os.path.samestat(os.stat(f"{folder}/{name}"), wanted)
