"""The one printer of commands and drivers: nothing that they print commands a terminal or a CI.

A check of the repository (tools/lint/prints.py) sees to it that they print by nothing else.
"""

from __future__ import annotations

import sys
from typing import TextIO

from rules_codspeed.contract.escaping import (
    printable,
    printable_json,
    printable_lines,
    printable_styled,
)

_LONGEST_LINE = 1 << 16  # bytes; a longer one is broken


def print_text(text: str, file: TextIO | None = None, *, styled: bool = False) -> None:
    """Prints lines, at once, and ends the last one.

    Args:
      text: of one line or several. Text from outside that may hold a newline was made `printable`.
      file: where to; None for standard output.
      styled: whether the text has colours of a terminal, which stay.
    """
    write_printed((printable_styled(text) if styled else printable_lines(text)) + "\n", file)


def print_message(text: str) -> None:
    """Prints lines to standard error: standard output is for results."""
    if sys.stderr:
        print_text(text, sys.stderr)


def print_json(document: str, file: TextIO | None = None) -> None:
    """Prints a JSON document, and ends its last line.

    Args:
      document: the text; what reads it gets an equal document.
      file: where to; None for standard output.
    """
    text = printable_json(document).removesuffix("\n") + "\n"
    stream = sys.stdout if file is None else file
    if not hasattr(stream, "buffer"):
        write_printed(text, stream)
        return
    # JSON is UTF-8, whatever the encoding of the terminal.
    stream.flush()
    stream.buffer.write(text.encode())
    stream.flush()


def write_printed(text: str, file: TextIO | None = None) -> None:
    """Writes text that was made printable, whatever the encoding of the stream, at once."""
    stream = sys.stdout if file is None else file
    if stream is None:  # it was closed when Python started
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


class OutputPrinter:
    """Prints what a program prints while it runs, by lines, to standard output."""

    def __init__(self) -> None:
        self._rest = b""

    def write(self, data: bytes) -> None:
        """Takes the next bytes; they may end anywhere."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]
        if lines:
            write_printed("".join(f"{printable_output(line)}\n" for line in lines))

    def end(self) -> None:
        """Prints a last line that has no end."""
        if self._rest:
            self.write(b"\n")


def printable_output(line: bytes) -> str:
    """Returns a line that a program printed, without its end; other bytes than UTF-8 as hex."""
    return printable(line.decode("utf-8", "backslashreplace").rstrip("\r").replace("\t", " "))
