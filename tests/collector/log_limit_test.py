"""The log stays small, whatever is logged."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest

from rules_codspeed.collector.server.log_limit import LogLimit


class Log:
    """A log of its own, with a clock that the tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.addFilter(LogLimit(lambda: self.now))
        self.logger = logging.Logger("test")
        self.logger.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Iterator[Log]:
    one = Log()
    yield one
    one.handler.close()


def test_a_text_passes_once_a_minute(log: Log) -> None:
    for _ in range(3):
        for _ in range(1000):
            log.logger.info("again %s", "and again")
        log.now += 60
    assert log.lines == ["again and again"] + [
        "again and again (left out before: 999 lines)" for _ in range(2)
    ]


def test_texts_of_one_place_pass_a_hundred_times(log: Log) -> None:
    for number in range(1000):
        log.logger.info("number %d", number)
    log.logger.warning("another one")
    assert log.lines[:2] == ["number 0", "number 1"]
    assert log.lines[99:] == ["number 99", "another one (left out before: 900 lines)"]


def test_a_line_is_one_line_and_not_long(log: Log) -> None:
    log.logger.info("%s", "a\x1b[2J\nb%d" + "c" * 10_000)
    (line,) = log.lines
    assert line.startswith("a\\x1b[2J\\nb%dccc")
    assert line.endswith("c...")
    assert len(line) == 503


def test_what_the_system_refuses_has_no_traceback(log: Log) -> None:
    try:
        raise OSError(24, "Too many open files")
    except OSError:
        log.logger.exception("socket.accept() out of %s", "system resource")
    assert log.lines == ["socket.accept() out of system resource: [Errno 24] Too many open files"]


def test_what_the_end_cuts_off_has_no_traceback(log: Log) -> None:
    try:
        raise asyncio.CancelledError("the collector ends")
    except asyncio.CancelledError:
        log.logger.exception("Exception in ASGI application\n")
    assert log.lines == ["Exception in ASGI application: the collector ends"]


def test_a_fault_of_our_own_has_one_a_minute(log: Log) -> None:
    for _ in range(1000):
        try:
            raise KeyError("ours")
        except KeyError:
            log.logger.exception("Exception in ASGI application\n")
    text = log.stream.getvalue()
    assert text.startswith("Exception in ASGI application\nTraceback")
    assert text.count("Traceback") == 1
