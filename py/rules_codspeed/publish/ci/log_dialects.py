"""How a log marks levels and groups, and that of a local run (spec: upload-environment 15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

RESET = "\x1b[0m"
"""Ends a colour of the terminal."""
_BOLD_ORANGE = "\x1b[38;5;208m\x1b[1m"
_TARGET = "rules_codspeed"


class Dialect(Protocol):
    """Turns messages, which are printable, into text for the log; every text ends its line.

    Attributes:
      always: whether groups and announcements are shown whatever the level.
    """

    always: bool

    def message(self, level: str, text: str) -> str:
        """Returns a message of level ERROR, WARN, INFO, DEBUG or TRACE."""
        ...

    def announcement(self, text: str) -> str:
        """Returns an announcement."""
        ...

    def group_start(self, name: str, opened: bool) -> str:
        """Returns what starts a group."""
        ...

    def group_end(self, name: str) -> str:
        """Returns what ends a group, or nothing."""
        ...


class LocalDialect:
    """For a person at a terminal, in colours where it is one."""

    always = False

    _COLOURS: ClassVar[Mapping[str, str]] = {
        "ERROR": "31",
        "WARN": "33",
        "INFO": "37",
        "DEBUG": "34;2",
        "TRACE": "30;2",
    }

    def __init__(self, *, coloured: bool) -> None:
        self._is_coloured = coloured

    def message(self, level: str, text: str) -> str:
        """Returns a message in the colour of its level."""
        if level in ("DEBUG", "TRACE"):
            text = f"[{level}::{_TARGET}] {text}"
        return f"{coloured(text, self._COLOURS[level]) if self._is_coloured else text}\n"

    def announcement(self, text: str) -> str:
        """Returns a message like any other."""
        return self.message("INFO", text)

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the heading."""
        heading = f"►►► {name} "
        if self._is_coloured:
            heading = f"{_BOLD_ORANGE}{heading}{RESET}"
        return f"\n{heading}\n{name}...\n"

    def group_end(self, name: str) -> str:
        """Returns nothing: the next group has a heading of its own."""
        return ""


def coloured(text: str, colour: int | str) -> str:
    """Returns text in a colour of the terminal, by its number."""
    return f"\x1b[{colour}m{text}{RESET}"
