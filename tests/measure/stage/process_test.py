"""Programs are served while they run, and killed when that fails."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.stage.process import run
from rules_codspeed.measure.stage.service import Service


class Mailbox(Service):
    """Takes what processes write to a FIFO; fails at a given word."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self.calls: list[str] = []
        self.received = b""

    def fileno(self) -> int:
        return self._descriptor

    def connect(self, pid: int) -> None:
        self.calls.append(f"connect {pid}")

    def handle(self) -> None:
        self.received += os.read(self._descriptor, 4096)
        if b"fail" in self.received:
            raise CodSpeedError("the mailbox failed", fix=None)

    def close(self) -> None:
        self.calls.append("close")

    def end(self) -> None:
        os.close(self._descriptor)


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A service at `mailbox` in the test's folder."""
    made = Mailbox(tmp_path / "mailbox")
    yield made
    made.end()


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def test_served_while_it_runs(mailbox: Mailbox, tmp_path: Path) -> None:
    printed: list[bytes] = []
    script = "echo one > mailbox; echo out; echo two > mailbox"
    outcome = run(shell(script), {}, str(tmp_path), 10, printed.append, [mailbox])
    assert outcome.status == 0
    assert b"".join(printed) == b"out\n"
    assert mailbox.received == b"one\ntwo\n"
    assert mailbox.calls == [f"connect {outcome.pid}", "close"]


def test_what_was_left_is_served(mailbox: Mailbox, tmp_path: Path) -> None:
    """A process that writes and ends at once waits for nobody."""
    run(shell("exec >&- 2>&-; echo last > mailbox"), {}, str(tmp_path), 10, print, [mailbox])
    assert mailbox.received == b"last\n"


def test_process_in_the_background_is_served(mailbox: Mailbox, tmp_path: Path) -> None:
    script = "(exec >&- 2>&-; sleep 0.3; echo late > mailbox) &"
    outcome = run(shell(script), {}, str(tmp_path), 10, print, [mailbox])
    assert outcome.status == 0
    assert mailbox.received == b"late\n"


def test_service_that_fails(mailbox: Mailbox, tmp_path: Path) -> None:
    start = time.monotonic()
    script = "echo $$ > pid; (trap '' TERM; sleep 60) & echo fail > mailbox; sleep 60"
    with pytest.raises(CodSpeedError, match="the mailbox failed"):
        run(shell(script), {}, str(tmp_path), 30, print, [mailbox])
    assert time.monotonic() - start < 25
    assert mailbox.calls[-1] == "close"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    with contextlib.suppress(ChildProcessError):
        raise AssertionError(os.waitpid(-1, os.WNOHANG))


# Another process, again and again: when its turn to be killed comes, it is gone.
WALKING = """
import os
os.close(1)
os.close(2)
while True:
    if os.fork():
        os._exit(0)
"""


def test_processes_that_replace_themselves(tmp_path: Path) -> None:
    outcome = run([sys.executable, "-S", "-c", WALKING], {}, str(tmp_path), 0.5, print)
    assert outcome.timed_out
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_standard_output_elsewhere(tmp_path: Path) -> None:
    printed: list[bytes] = []
    with (tmp_path / "data").open("wb") as file:
        command = shell("echo data; echo remark >&2")
        run(command, {}, "/", 10, printed.append, standard_output=file.fileno())
    assert (tmp_path / "data").read_bytes() == b"data\n"
    assert b"".join(printed) == b"remark\n"


def test_timeout_with_a_service(mailbox: Mailbox, tmp_path: Path) -> None:
    outcome = run(shell("sleep 60"), {}, str(tmp_path), 0.3, print, [mailbox])
    assert outcome.timed_out
    assert outcome.status is None
    assert outcome.failure("//a:b", 1) == "//a:b did not end within 1 s (timeout_s) and was killed"
