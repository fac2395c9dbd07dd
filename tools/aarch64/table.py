"""What the guest's steps found, as a table and as a verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
      step: its name.
      result: a short text.
      seconds: that it took; 0 where nobody looked.
      problem: what is wrong, perhaps many lines; empty if nothing is.
    """

    step: str
    result: str
    seconds: float = 0
    problem: str = ""


def rows(found: Path, names: Sequence[str]) -> list[Row]:
    """Reads what steps left; one that left nothing is a problem.

    Args:
      found: folder of the files.
      names: of all steps that were to run, in order.
    """
    left = [Row(**json.loads(file.read_text("utf-8"))) for file in sorted(found.glob("*.json"))]
    by_step = {row.step: row for row in left}
    missing = "the guest was switched off before"
    return [by_step.get(name) or Row(name, "did not end", problem=missing) for name in names]


def table_text(lines: Sequence[Row]) -> str:
    """Returns the table, and behind it what is wrong."""
    width = max(len(row.step) for row in lines)
    text = "".join(
        f"{'FAILED' if row.problem else 'ok':6}  {row.step:{width}}  {row.seconds:5.0f} s  "
        f"{row.result}\n"
        for row in lines
    )
    return text + "".join(f"\n{row.step}:\n{row.problem}\n" for row in lines if row.problem)
