"""What changed, as lines for a terminal: the counts, and what moved, the worst first."""

from __future__ import annotations

from collections.abc import Sequence

from rules_codspeed.contract.escaping import printable
from rules_codspeed.results.change_text import metric_text
from rules_codspeed.results.comparison import VERDICTS, Change

WORDS = {
    "regressed": "slower",
    "not_comparable": "not comparable",
    "missing": "missing",
    "new": "new",
    "improved": "faster",
    "unchanged": "unchanged",
}
"""The verdicts in words."""

_MOST = 30  # benchmarks that are named for a verdict


def changes_text(changes: Sequence[Change], base: str) -> str:
    """Returns the lines, ending with a newline.

    Args:
      changes: of all benchmarks.
      base: what they are compared with, for a person.
    """
    counts = {verdict: sum(one.verdict == verdict for one in changes) for verdict in VERDICTS}
    summary = ", ".join(f"{count} {WORDS[verdict]}" for verdict, count in counts.items() if count)
    lines = [f"Compared with {base}: {summary or 'nothing'}"]
    for verdict in VERDICTS:
        if verdict != "unchanged":
            lines += _of_verdict([one for one in changes if one.verdict == verdict])
    return "\n".join(lines) + "\n"


def _of_verdict(changes: Sequence[Change]) -> list[str]:
    """Returns the lines of benchmarks with one verdict; a shared reason is printed once."""
    lines = []
    shown = ""
    for change in changes[:_MOST]:
        lines.append(f"  {WORDS[change.verdict]}: {printable(change.uri)} ({change.label})")
        lines += [f"    {line}" for line in _numbers(change)]
        if change.reason and change.reason != shown:
            lines.append(f"    {change.reason}")
        shown = change.reason
    left = len(changes) - _MOST
    return lines + ([f"  ... and {left} more {WORDS[changes[0].verdict]}"] if left > 0 else [])


def _numbers(change: Change) -> list[str]:
    """Returns a line for each metric that moved; none where there is nothing to compare with."""
    moved = [one for one in change.metrics if one.verdict in ("regressed", "improved")]
    width = max((len(one.metric) for one in moved), default=0)
    return [f"{one.metric:<{width}}  {metric_text(one)}" for one in moved]
