"""The error for a client of the collector."""

from __future__ import annotations

_LONGEST = 2000  # characters of a message


class Refusal(Exception):
    """A request is refused; the application catches it, and answers with it.

    Attributes:
      status: HTTP status of the answer.
      message: what is wrong with the request, for a person; not too long, whatever was sent.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = shortened(message)
        super().__init__(self.message)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Returns a text that may repeat what was sent, or its start: so many characters."""
    return text if len(text) <= longest else f"{text[:longest]}..."
