"""What the harvest reports to people: notes for the log, and warnings."""

from __future__ import annotations

from typing import TextIO


class Log:
    """Writes notes and warnings to a stream, one per line.

    Attributes:
      warnings: the warnings so far.
    """

    __slots__ = ("_stream", "warnings")

    def __init__(self, stream: TextIO) -> None:
        """Starts with no warning."""
        self._stream = stream
        self.warnings: list[str] = []

    def note(self, text: str) -> None:
        """Writes what only helps to understand the rest."""
        self._stream.write(_line(text) + "\n")

    def warn(self, text: str) -> None:
        """Writes what is missing in the profile, and why; it may be an error's whole text."""
        line = _line(text)
        self.warnings.append(line)
        self._stream.write(f"warning: {line}\n")


def _line(text: str) -> str:
    """Returns a text made safe for one line of a terminal; names in it may be arbitrary."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
