"""How the logs of the CI providers mark levels and groups: spec/upload.md 15."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

_RESET = "\x1b[0m"
_ERASE_LINE = "\x1b[0K"
_BOLD_ORANGE = "\x1b[38;5;208m\x1b[1m"
_TARGET = "rules_codspeed"


class Dialect(Protocol):
    """Turns what is told into text for the log; every text ends its line.

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


class GithubDialect:
    """Workflow commands of GitHub Actions, one line each."""

    always = True

    _PREFIXES: ClassVar[Mapping[str, str]] = {
        "ERROR": "::error::",
        "WARN": "::warning::",
        "INFO": "",
        "DEBUG": "::debug::",
        "TRACE": "::debug::[TRACE]",
    }
    # What the service takes for a command: `::` before all but blanks, and `##[` anywhere.
    _COMMAND = re.compile(r"\A(\W*?)::")

    def message(self, level: str, text: str) -> str:
        """Returns a message; at level INFO, one that would be a command is made none."""
        prefix = self._PREFIXES[level]
        line = self._one_line(text)
        return f"{prefix}{line if prefix else self._no_command(line)}\n"

    def announcement(self, text: str) -> str:
        """Returns a notice."""
        return f"::notice title=New CodSpeed Feature::{self._one_line(text)}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the same for both: there is no opened group."""
        return f"::group::{self._one_line(name)}\n"

    def group_end(self, name: str) -> str:
        """Returns the command."""
        return "::endgroup::\n"

    @staticmethod
    def _one_line(text: str) -> str:
        """Escapes newlines, except those at the end."""
        body = text.rstrip("\n")
        return body.replace("\n", "%0A") + text[len(body) :]

    def _no_command(self, line: str) -> str:
        """Escapes the start of a command, as GitHub escapes newlines; changes nothing else."""
        return self._COMMAND.sub(r"\1%3A%3A", line).replace("##[", "%23%23[")


class GitlabDialect:
    """Collapsible sections and colours of GitLab CI."""

    always = True

    _COLOURS: ClassVar[Mapping[str, int]] = {"ERROR": 31, "WARN": 33, "DEBUG": 36, "TRACE": 35}
    _GREEN = 32

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def message(self, level: str, text: str) -> str:
        """Returns a message in the colour of its level."""
        colour = self._COLOURS.get(level)
        return f"{_coloured(text, colour) if colour else text}\n"

    def announcement(self, text: str) -> str:
        """Returns a green message."""
        return f"{_coloured(text, self._GREEN)}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the start of a section."""
        return f"{self._marker('start', name)}\x1b[36;1m{name}{_RESET}\n"

    def group_end(self, name: str) -> str:
        """Returns the end of a section."""
        return f"{self._marker('end', name)}\n"

    def _marker(self, kind: str, name: str) -> str:
        section = re.sub("[^0-9A-Za-z_-]", "_", name).lower()
        return f"{_ERASE_LINE}section_{kind}:{int(self._clock())}:{section}\r{_ERASE_LINE}"


class BuildkiteDialect:
    """Groups of Buildkite, which has no levels."""

    always = True

    def message(self, level: str, text: str) -> str:
        """Returns a message with its level."""
        return f"{text}\n" if level == "INFO" else f"[{level}] {text}\n"

    def announcement(self, text: str) -> str:
        """Returns a message that says what it is."""
        return f"[ANNOUNCEMENT] {text}\n"

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the heading."""
        return f"{'+++' if opened else '---'} {name}\n"

    def group_end(self, name: str) -> str:
        """Returns nothing: a group ends where the next starts."""
        return ""


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
        return f"{_coloured(text, self._COLOURS[level]) if self._is_coloured else text}\n"

    def announcement(self, text: str) -> str:
        """Returns a message like any other."""
        return self.message("INFO", text)

    def group_start(self, name: str, opened: bool) -> str:
        """Returns the heading."""
        heading = f"►►► {name} "
        if self._is_coloured:
            heading = f"{_BOLD_ORANGE}{heading}{_RESET}"
        return f"\n{heading}\n{name}...\n"

    def group_end(self, name: str) -> str:
        """Returns nothing: what follows has a heading of its own."""
        return ""


def _coloured(text: str, colour: int | str) -> str:
    return f"\x1b[{colour}m{text}{_RESET}"
