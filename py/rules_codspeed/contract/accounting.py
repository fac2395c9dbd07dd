"""accounting.json: which benchmarks of a target gave no number, and why.

The measuring driver of a mode writes it, and `results/summarize.py` puts it beside the numbers:
what a target lists is measured, skipped or failed.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.fields import parse_record

_MOST_LINES = 60
_LONGEST_LINE = 2000  # characters

Outcome = Literal["skipped", "failed"]


class Unmeasured(NamedTuple):
    """A benchmark without a number.

    Attributes:
      uri: its identity in its program; empty for all that the target has.
      outcome: `skipped` as its author had it, or `failed`.
      reason: for people. The first line is a sentence; lines below it show more.
    """

    uri: str
    outcome: Outcome
    reason: str


class Accounting(NamedTuple):
    """The benchmarks of a target, by its label, that gave no number."""

    schema: Literal[1]
    label: str
    unmeasured: list[Unmeasured]

    @property
    def failure(self) -> str:
        """Why the target as a whole failed; empty if it did not."""
        return next(
            (one.reason for one in self.unmeasured if not one.uri and one.outcome == "failed"), ""
        )


def parse_accounting(text: str | bytes) -> Accounting:
    """Reads the document.

    Raises:
      DocumentError: it is none of this version's.
    """
    return parse_record(Accounting, text)


def failed(label: str, error: BenchmarkError) -> Accounting:
    """Returns the accounting of a target that failed as a whole."""
    return Accounting(1, label, [Unmeasured("", "failed", reason_text(str(error)))])


def reason_text(lines: str) -> str:
    """Returns text from outside as a reason: fit for a terminal, a file, and of bounded length."""
    kept = [printable(line.expandtabs(1).rstrip()) for line in lines.strip().split("\n")]
    return "\n".join(_shortened(line) for line in kept[:_MOST_LINES])


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ..."


def headline(reason: str) -> str:
    """Returns a reason in one line: its first, and the next step where that stands below."""
    first, *below = reason.split("\n")
    fixes = [line.strip() for line in below if line.startswith("  Fix: ")]
    return " ".join([first, *fixes[:1]])
