"""The one error of the driver: a sentence for a person, and what helps to act on it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_LAST_LINES = 20
_LINE_LENGTH = 300  # characters


class MeasureError(Exception):
    """A benchmark could not be measured; the message tells what, where and the next step."""


def problem(what: str, got: str, expected: str, fix: str) -> MeasureError:
    """Returns an error in the one shape of this rule set."""
    return MeasureError(f"{what}. Got: {got}. Expected: {expected}. Fix: {fix}.")


def run_failure(
    what: str, command: Sequence[str], logs: Sequence[tuple[str, bytes]], fix: str
) -> MeasureError:
    """Returns the error of a run that went wrong.

    Args:
      what: what happened, starting with the label.
      command: the command line of the benchmark.
      logs: name and content of what was printed; the last lines are shown.
      fix: the next step.
    """
    return MeasureError("\n".join([f"{what}.", *_of_run(command, logs), f"  Fix: {fix}."]))


def with_run(
    error: MeasureError, command: Sequence[str], end: str, logs: Sequence[tuple[str, bytes]]
) -> MeasureError:
    """Adds to an error what a person needs to know of the run that it is about."""
    return MeasureError("\n".join([str(error), f"  the program {end}", *_of_run(command, logs)]))


def _of_run(command: Sequence[str], logs: Sequence[tuple[str, bytes]]) -> list[str]:
    lines = [f"  command: {shlex.join(command)}"]
    for name, content in logs:
        shown = last_lines(content)
        if shown:
            lines += [f"  last lines of {name}:", *(f"    | {line}" for line in shown)]
    return lines


def last_lines(content: bytes) -> list[str]:
    """Returns the last lines of any bytes, fit for a terminal and bounded in length."""
    tail = content[-_LAST_LINES * _LINE_LENGTH * 4 :].decode("utf-8", "backslashreplace")
    lines = [line.rstrip() for line in tail.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return [_printable(line) for line in lines[-_LAST_LINES:]]


def _printable(line: str) -> str:
    text = "".join(
        c if c.isprintable() else " " if c == "\t" else c.encode("unicode_escape").decode()
        for c in line[:_LINE_LENGTH]
    )
    return text if len(line) <= _LINE_LENGTH else text + " ..."
