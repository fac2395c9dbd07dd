"""What the harvest reports to people: notes for the log, and warnings."""

from __future__ import annotations

from typing import TextIO

from rules_codspeed.contract.escaping import printable


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
        """Writes what only helps to understand the rest, safe for one line of a terminal."""
        self._stream.write(printable(text) + "\n")

    def warn(self, text: str) -> None:
        """Writes what is missing in the profile, and why; it may be an error's whole text."""
        line = printable(text)
        self.warnings.append(line)
        self._stream.write(f"warning: {line}\n")
