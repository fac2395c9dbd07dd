"""Processes that a measured program starts beside its own work, by name."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Final, NamedTuple

from rules_codspeed.measure.stage.kernel import Started

REASONS: Final = {
    "gnuplot": "criterion asks gnuplot for its version when it starts: use CodSpeed's criterion "
    "(codspeed-criterion-compat) with framework hooks, or measure where gnuplot is not installed",
    "java": "JMH starts a JVM for each fork: pass -f 0 in args, so that it works in one process",
}
"""What frameworks start, and how to do without it, by the name of the program."""

_LONGEST = 100  # characters of a command
_MOST = 3  # commands in a message


class Helper(NamedTuple):
    """A process that was started.

    Attributes:
      command: name of the program and arguments.
      there: whether such a program is there.
    """

    command: tuple[str, ...]
    there: bool

    @property
    def shown(self) -> str:
        """The command, of bounded length."""
        text = shlex.join(self.command)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."

    @property
    def name(self) -> str:
        """The name of the program, without its folder."""
        return os.path.basename(self.command[0]) if self.command else ""


def helpers(started: Sequence[Started], program: int, folder: str) -> list[Helper]:
    """Returns the processes of a run that became, or were to become, another program.

    Args:
      started: what the run started, the program itself first.
      program: its process id.
      folder: its working directory.
    """
    found: dict[int, list[Started]] = {}
    for one in started:
        if one.process != program:
            found.setdefault(one.process, []).append(one)
    return [
        # A program is looked for in one folder after another.
        Helper(tries[-1].arguments, any(_is_program(one.path, folder) for one in tries))
        for tries in found.values()
    ]


def named(found: Sequence[Helper]) -> str:
    """Returns the commands of helpers, each once, for a sentence; empty if there are none."""
    commands = list(dict.fromkeys(one.shown for one in found))
    more = f" and {len(commands) - _MOST} more" if len(commands) > _MOST else ""
    return ", ".join(commands[:_MOST]) + more


def fix_of_helpers(found: Sequence[Helper]) -> str:
    """Returns the next step for a program that must not start others."""
    reasons = (REASONS[one.name] for one in found if one.name in REASONS)
    return next(
        reasons,
        "name the program that does the work as binary, not a script or a parent of it; or set "
        "track_subprocess = True, so that what it starts is counted, too; or use framework hooks",
    )


def _is_program(path: str, folder: str) -> bool:
    place = os.path.join(folder, path)
    return os.path.isfile(place) and os.access(place, os.X_OK)
