"""Polling: at once, every second, and not forever."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.local_run import LocalRun, RunStatus
from rules_codspeed.publish.service.polling import poll


class Clock:
    """Time that only sleeping takes, and each question a fixed bit."""

    def __init__(self, statuses: Iterable[RunStatus], question_s: float = 0.0) -> None:
        self.now = 1000.0
        self.asked_at: list[float] = []
        self.question_s = question_s
        self._statuses = iter(statuses)

    def fetch(self) -> LocalRun:
        self.asked_at.append(self.now - 1000)
        self.now += self.question_s
        status = next(self._statuses, RunStatus.PENDING)
        return LocalRun.model_validate({"id": "1", "status": status, "url": "u", "results": []})

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def poll(self) -> LocalRun:
        return poll(self.fetch, lambda: self.now, self.sleep)


def test_a_run_that_is_done_is_asked_for_once() -> None:
    clock = Clock([RunStatus.COMPLETED])
    assert clock.poll().id == "1"
    assert clock.asked_at == [0]
    assert clock.now == 1000


def test_asks_every_second_until_done() -> None:
    clock = Clock([RunStatus.PENDING, RunStatus.PROCESSING, RunStatus.COMPLETED])
    assert clock.poll().status is RunStatus.COMPLETED
    assert clock.asked_at == [0, 1, 2]


def test_failure_ends_it() -> None:
    clock = Clock([RunStatus.PENDING, RunStatus.FAILURE])
    with pytest.raises(PublishError) as caught:
        clock.poll()
    assert caught.value.what == "Run failed to be processed, try again in a few minutes"


@pytest.mark.parametrize(("question_s", "last"), [(0.0, 300), (9.0, 300), (400.0, 0)])
def test_gives_up_after_more_than_five_minutes(question_s: float, last: float) -> None:
    clock = Clock([], question_s)
    with pytest.raises(PublishError) as caught:
        clock.poll()
    message = "Polling results timed out after 5 minutes. Please try again later."
    assert caught.value.what == message
    assert clock.asked_at[-1] == last


def test_error_of_a_question_ends_it() -> None:
    def fetch() -> LocalRun:
        raise PublishError("no answer", fix=None)

    with pytest.raises(PublishError, match="no answer"):
        poll(fetch, lambda: 0.0, lambda _: pytest.fail("slept after an error"))
