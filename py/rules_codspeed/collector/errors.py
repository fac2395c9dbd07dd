"""The error for a client of the collector."""

from __future__ import annotations


class Refusal(Exception):
    """A request is refused; the application catches it, and answers with it.

    Attributes:
      status: HTTP status of the answer.
      message: what is wrong with the request, for a person.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
