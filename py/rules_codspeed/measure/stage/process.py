"""Runs a program, serves it, and waits for all processes that it starts."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from rules_codspeed.measure.stage.orphans import adopt_orphans, kill_descendants
from rules_codspeed.measure.stage.service import Service
from rules_codspeed.measure.stage.start import Start

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

    @property
    def is_killed(self) -> bool:
        """Whether somebody else killed it: as a rule the kernel, for want of memory."""
        return self.status == -signal.SIGKILL and not self.timed_out

    def failure(self, what: str, timeout_s: float) -> str:
        """Returns the sentence that describes the failure of what had `timeout_s` seconds."""
        if not self.timed_out:
            return f"{what} {self}"
        limit = f"within {timeout_s} s (timeout_s)"
        if self.status is None:
            return f"{what} did not end {limit} and was killed"
        return f"{what} {self}, but left processes behind that did not end {limit} and were killed"


def signal_name(number: int) -> str:
    """Returns name and number, for example `SIGSEGV (signal 11)`."""
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
    services: Sequence[Service] = (),
    standard_output: int | None = None,
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
      services: are served meanwhile, and closed at the end; new for each run.
      standard_output: file descriptor that standard output goes to instead.
      errors: file descriptor that standard error goes to instead.

    Raises:
      CodSpeedError: the program cannot be started, a service failed, or processes do not end.
    """
    adopt_orphans()
    deadline = time.monotonic() + timeout_s
    reading, writing = os.pipe2(os.O_CLOEXEC)
    try:
        try:
            streams = (
                writing if standard_output is None else standard_output,
                writing if errors is None else errors,
            )
            pid = Start(command, environment, directory, streams, services, deadline).fork()
        finally:
            os.close(writing)
        events = _Events(reading, services)
        closed = _copy_output(events, output, deadline)
        return _wait(pid, events, deadline if closed else 0.0)
    finally:
        try:
            kill_descendants()
        finally:
            os.close(reading)
            for service in services:
                service.close()


class _Events:
    """Waits for output, and meanwhile serves."""

    def __init__(self, reading: int, services: Sequence[Service]) -> None:
        self.reading = reading
        self._poll = select.poll()
        self._poll.register(reading, select.POLLIN)
        # By descriptor: that of a service stays the same while it is open.
        self._services = {one.fileno(): one for one in services if one.fileno() >= 0}
        for descriptor in self._services:
            self._poll.register(descriptor, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Waits so long or less; returns whether there is output, or its end."""
        output = False
        for descriptor, event in self._poll.poll(seconds * 1000):
            if descriptor == self.reading:
                output = True
            elif event & select.POLLIN:
                self._services[descriptor].handle()
            else:  # no process is left that could call
                self._poll.unregister(descriptor)
                del self._services[descriptor]
        return output

    def output_is_closed(self) -> None:
        """Stops waiting for output."""
        self._poll.unregister(self.reading)

    def serve_the_rest(self) -> None:
        """Serves the requests that ended processes left, when output is closed."""
        while ready := [one for one in self._poll.poll(0) if one[1] & select.POLLIN]:
            for descriptor, _ in ready:
                self._services[descriptor].handle()


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
            events.serve_the_rest()
            return Outcome(pid, status, timed_out=False)
        if ended == pid:
            status = os.waitstatus_to_exitcode(raw)
        if not ended:
            if time.monotonic() > deadline:
                return Outcome(pid, status, timed_out=True)
            events.wait(sleep)
            sleep = min(sleep * 2, _LONGEST_SLEEP)
