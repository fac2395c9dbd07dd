"""Benchmarks without a number, and targets that failed, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rules_codspeed.contract.escaping import printable, shortened
from rules_codspeed.results.model import Unmeasured

_MOST_SKIPPED = 100
_LONGEST_NAME = 200  # characters


def unmeasured_lines(unmeasured: Sequence[Unmeasured]) -> Iterator[str]:
    """Yields the lines: those that failed first, then those that are skipped.

    Args:
      unmeasured: of one mode.
    """
    for one in unmeasured:
        if one.outcome == "failed":
            first, *below = one.reason.split("\n")
            yield f"failed: {_name(one)}: {printable(first)}" if one.uri else f"failed: {first}"
            yield from map(printable, below)
    skipped = [one for one in unmeasured if one.outcome == "skipped"]
    for one in skipped[:_MOST_SKIPPED]:
        yield f"skipped: {_name(one)}: {printable(one.reason)}"
    if len(skipped) > _MOST_SKIPPED:
        yield f"... and {len(skipped) - _MOST_SKIPPED:,} more that are skipped"


def _name(one: Unmeasured) -> str:
    return f"{shortened(printable(one.uri), _LONGEST_NAME)} ({one.label})"
