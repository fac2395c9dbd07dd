"""Runs a program with nothing inherited, and waits for all processes that it starts."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, NoReturn

from rules_codspeed.measure.errors import problem
from rules_codspeed.measure.orphans import adopt_orphans, die_with_parent, kill_descendants
from rules_codspeed.measure.randomness import FixedRandomness

# Soft limits that a program can see: the stack's is the size of threads'
# stacks; no core, as it would be written where the program works.
_LIMITS = {
    resource.RLIMIT_STACK: 8 << 20,
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
}
_BLOCK = 1 << 16  # bytes
_LONGEST_SLEEP = 0.05  # seconds


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
      pid: process id of the program.
      status: exit status; minus the signal's number if one killed it; None if it did not end.
      timed_out: whether the program, or a process that it left behind, was killed.
    """

    pid: int
    status: int | None
    timed_out: bool

    def __str__(self) -> str:
        if self.status is None:
            return "did not end"
        if self.status < 0:
            return f"was killed by {signal_name(-self.status)}"
        return f"ended with exit status {self.status}"


def signal_name(number: int) -> str:
    """Returns such as `SIGSEGV (signal 11)`."""
    try:
        return f"{signal.Signals(number).name} (signal {number})"
    except ValueError:
        return f"signal {number}"


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: str,
    timeout_s: float,
    output: Callable[[bytes], None],
    randomness: FixedRandomness | None = None,
    errors: int | None = None,
) -> Outcome:
    """Runs a command until it and all processes that it started have ended.

    Standard input is empty. The caller must be single-threaded and have no other children.

    Args:
      command: absolute path of the program, and its arguments.
      environment: all variables.
      directory: working directory.
      timeout_s: seconds after which everything is killed.
      output: takes what is printed, standard output and error together.
      errors: file descriptor that standard error goes to instead.
      randomness: answers their calls for random numbers, instead of the kernel; new for each run.

    Raises:
      MeasureError: the program cannot be started.
    """
    adopt_orphans()
    deadline = time.monotonic() + timeout_s
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        streams = (writing, writing if errors is None else errors)
        start = _Start(command, environment, directory, streams, randomness)
        pid = start.fork()
        os.close(writing)
        events = _Events(reading, randomness)
        closed = _copy_output(events, output, deadline)
        return _wait(pid, events, deadline if closed else 0.0)
    finally:
        kill_descendants()
        os.close(reading)
        if randomness:
            randomness.close()


class _Events:
    """Waits for output, and meanwhile answers calls for random numbers."""

    def __init__(self, reading: int, randomness: FixedRandomness | None) -> None:
        self.reading = reading
        self._randomness = randomness
        self._poll = select.poll()
        self._poll.register(reading, select.POLLIN)
        if randomness and randomness.fileno() >= 0:
            self._poll.register(randomness, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Waits so long or less; whether there is output, or its end."""
        output = False
        for descriptor, event in self._poll.poll(seconds * 1000):
            if descriptor == self.reading:
                output = True
            elif event & select.POLLIN and self._randomness:
                self._randomness.answer()
            else:  # no process is left that could call
                self._poll.unregister(descriptor)
        return output

    def output_is_closed(self) -> None:
        """No longer waits for output."""
        self._poll.unregister(self.reading)


def _copy_output(events: _Events, output: Callable[[bytes], None], deadline: float) -> bool:
    """Reads until nobody can write any more; False if the time is up before."""
    while (left := deadline - time.monotonic()) > 0:
        if events.wait(left):
            block = os.read(events.reading, _BLOCK)
            if not block:
                events.output_is_closed()
                return True
            output(block)
    return False


def _wait(pid: int, events: _Events, deadline: float) -> Outcome:
    """Waits for the program and all that it left behind."""
    status: int | None = None
    sleep = 0.0005
    while True:
        try:
            ended, raw = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return Outcome(pid, status, timed_out=False)
        if ended == pid:
            status = os.waitstatus_to_exitcode(raw)
        if not ended:
            if time.monotonic() > deadline:
                return Outcome(pid, status, timed_out=True)
            events.wait(sleep)
            sleep = min(sleep * 2, _LONGEST_SLEEP)


class _Start(NamedTuple):
    """All that a program is started with."""

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    streams: tuple[int, int]  # standard output and error
    randomness: FixedRandomness | None

    def fork(self) -> int:
        """Starts the program; returns its process id.

        Raises:
          MeasureError: it cannot be started.
        """
        failure, report = os.pipe2(os.O_CLOEXEC)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(report, parent)
        os.close(report)
        if self.randomness:
            self.randomness.connect()
        with open(failure, "rb") as file:
            error = file.read().decode()
        if error:
            os.waitpid(pid, 0)
            raise problem(
                f"the program {self.command[0]} cannot be started",
                error,
                "an executable file of this machine's kind",
                "check the attribute binary",
            )
        return pid

    def _become(self, report: int, parent: int) -> NoReturn:
        """Turns the forked child into the program; never returns."""
        try:
            os.setsid()
            die_with_parent()
            if os.getppid() != parent:
                os._exit(1)
            os.chdir(self.directory)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(self.streams[0], 1)
            os.dup2(self.streams[1], 2)
            if self.randomness:
                self.randomness.install()
            _reset(report)
            os.execve(self.command[0], list(self.command), dict(self.environment))
        except OSError as error:
            os.write(report, str(error.strerror).encode())
        finally:
            os._exit(127)


def _reset(report: int) -> None:
    """Sets all that a program inherits to constants; only `report` stays open."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, report):
            with contextlib.suppress(OSError):  # the listing's own
                os.close(int(name))
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for limit, soft in _LIMITS.items():
        hard = resource.getrlimit(limit)[1]
        value = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(limit, (value, hard))
    os.umask(0o022)
