"""What changed, as lines for a terminal: the counts, and what moved, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.escaping import printable
from rules_codspeed.results.change_text import metric_text, remark
from rules_codspeed.results.changes import SHOWN, VERDICTS, Change, Key

WORDS = {
    "regressed": "slower",
    "not_comparable": "not comparable",
    "not_repeatable": "not repeatable",
    "missing": "missing",
    "new": "new",
    "renamed": "renamed",
    "improved": "faster",
    "unchanged": "unchanged",
}
"""The verdicts in words."""

_NO_FUNCTIONS: Mapping[Key, Sequence[str]] = {}
_MOST = 30  # benchmarks that are named for a verdict
_MOST_UNDECIDED = 5  # of the unchanged ones


def counts(changes: Sequence[Change]) -> list[str]:
    """Returns how many benchmarks have each verdict that any has, the worst verdict first."""
    found = Counter(one.verdict for one in changes)
    return [f"{found[verdict]:,} {WORDS[verdict]}" for verdict in VERDICTS if found[verdict]]


def changes_text(
    changes: Sequence[Change], base: str, functions: Mapping[Key, Sequence[str]] = _NO_FUNCTIONS
) -> str:
    """Returns the lines, ending with a newline.

    Args:
      changes: of all benchmarks.
      base: what they are compared with, for a person.
      functions: lines on the functions behind a change, by benchmark.
    """
    lines = [f"Compared with {base}: {', '.join(counts(changes)) or 'nothing'}"]
    for verdict in VERDICTS:
        same = [one for one in changes if one.verdict == verdict]
        if verdict == "unchanged":
            lines += _of_verdict(
                [one for one in same if remark(one) != one.reason], _MOST_UNDECIDED
            )
            # What many share, such as a base that does not state its libc.
            shared = Counter(one.reason for one in same if one.reason)
            lines += [f"  {count} unchanged: {printable(why)}" for why, count in shared.items()]
        else:
            lines += _of_verdict(same, _MOST, functions)
    return "\n".join(lines) + "\n"


def _of_verdict(
    changes: Sequence[Change], most: int, functions: Mapping[Key, Sequence[str]] = _NO_FUNCTIONS
) -> list[str]:
    """Returns the lines of benchmarks with one verdict; a shared reason is printed once."""
    lines = []
    shown = ""
    for change in changes[:most]:
        lines.append(f"  {WORDS[change.verdict]}: {printable(change.uri)} ({change.label})")
        lines += [f"    {line}" for line in _numbers(change)]
        lines += [f"    in {line}" for line in functions.get(change.key, ())]
        why = printable(remark(change))
        if why and why != shown:
            lines.append(f"    {why}")
        shown = why
    left = len(changes) - most
    return lines + ([f"  ... and {left} more {WORDS[changes[0].verdict]}"] if left > 0 else [])


def _numbers(change: Change) -> list[str]:
    """Returns a line for each metric that moved; none where there is nothing to compare with."""
    moved = [one for one in change.metrics if one.verdict in SHOWN or one.exceeds]
    width = max((len(one.metric) for one in moved), default=0)
    return [f"{one.metric:<{width}}  {metric_text(one)}" for one in moved]
