"""Runs the collector as a user does, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx

_DEADLINE = 20  # seconds, for what takes a fraction of one


def command(*arguments: str | Path) -> list[str]:
    """Returns the command line of a collector."""
    return [sys.executable, "-m", "rules_codspeed.collector.serve", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Returns the environment of a collector: it finds the modules that the test finds."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def until(condition: Callable[[], bool], deadline: float = _DEADLINE) -> None:
    """Waits for what another process does, for so many seconds."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@dataclass
class Server:
    """A collector that runs.

    Attributes:
      line: what it logged at the start.
      client: sends to it.
    """

    data: Path
    process: subprocess.Popen[str]
    line: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        # Loopback does not go through the machine's proxies.
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=_DEADLINE)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.line.split()[3].rstrip(",")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port

    def kill(self) -> None:
        """Ends it as a crash does."""
        self.process.kill()
        self.process.wait(_DEADLINE)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it as a user does; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(_DEADLINE)


@contextmanager
def serve(
    data: Path,
    *arguments: str | Path,
    errors: IO[str] | None = None,
    open_files: int | None = None,
) -> Iterator[Server]:
    """Starts a collector; ends it at the end, if it still runs.

    Args:
      data: its folder.
      arguments: further ones.
      errors: where its standard error goes.
      open_files: how many it may have; None leaves it at what the test may have.
    """
    line = command("--data", data, *arguments)
    if open_files:
        line = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *line]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=errors, env=environment(), text=True
    ) as process:
        try:
            assert process.stdout
            server = Server(data, process, process.stdout.readline())
            with server.client:
                yield server
        finally:
            process.kill()
