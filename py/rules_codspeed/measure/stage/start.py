"""Starts a program that inherits only what is given."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.stage.orphans import die_with_parent
from rules_codspeed.measure.stage.service import Service

# Soft limits that a program can see: the stack's is the size of threads'
# stacks; no core, as it would be written where the program works.
_LIMITS = {
    resource.RLIMIT_STACK: 8 << 20,
    resource.RLIMIT_NOFILE: 1024,
    resource.RLIMIT_CORE: 0,
}


class NotStarted(BenchmarkError):
    """The kernel does not start a program.

    `frameworks/runs.py` catches it: where a pinned root is mounted, that may be at fault.
    """


class Start(NamedTuple):
    """Everything that a program is started with.

    Attributes:
      command: absolute path of the program, and its arguments.
      environment: all variables.
      directory: working directory.
      streams: file descriptors of standard output and error.
      services: may have something to do in the child.
      deadline: of the run, by `time.monotonic`.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    streams: tuple[int, int]
    services: Sequence[Service]
    deadline: float

    def fork(self) -> int:
        """Starts the program; returns its process id.

        Does not wait beyond the deadline for the start.

        Raises:
          CodSpeedError: it cannot be started.
        """
        failure, report = os.pipe2(os.O_CLOEXEC)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(report, parent)
        os.close(report)
        with open(failure, "rb") as file:
            for service in self.services:
                service.connect(pid)
            error = file.read().decode() if _readable(failure, self.deadline) else ""
        if error:
            os.waitpid(pid, 0)
            raise NotStarted(
                f"the program {self.command[0]} cannot be started",
                got=error,
                expected="an executable file for this machine's processor",
                fix="check the attribute binary",
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
            kept = {fd for service in self.services for fd in service.kept()}
            _reset({0, 1, 2, report, *kept})
            for service in self.services:
                service.install()
            os.execve(self.command[0], list(self.command), dict(self.environment))
        except OSError as error:
            os.write(report, str(error.strerror).encode())
        finally:
            os._exit(127)


def _readable(descriptor: int, deadline: float) -> bool:
    """Waits until something, or its end, can be read; False if the time is up before."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))


def _reset(kept: set[int]) -> None:
    """Sets all that a program inherits to constants; only `kept` stays open."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
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
