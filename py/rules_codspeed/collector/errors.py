"""The two errors of the collector: one for whom starts it, one for whom sends to it."""

from __future__ import annotations


class CollectorError(Exception):
    """The collector cannot start; the message tells what, where and the next step."""


class Refusal(Exception):
    """A request is refused.

    Attributes:
      status: HTTP status of the answer.
      message: what is wrong with the request, for a person.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
