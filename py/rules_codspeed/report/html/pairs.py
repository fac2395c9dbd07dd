"""Pairs benchmarks that vanished with new ones of nearly the same numbers, for the reader's eye.

`results/renames.py` decides what is renamed, and only where there is no choice. A renamed parameter
of many benchmarks leaves many choices: here the likeliest are shown side by side.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from rules_codspeed.report.html.model import ReportModel
from rules_codspeed.results.changes import Key
from rules_codspeed.results.modes.registry import mode_of

_NEAR = 0.02
"""How far numbers of a pair may differ: as far as the length of a name may move them."""
_MOST_PAIRS = 20_000  # or two for each new benchmark: whose names are compared, which takes time
_NEIGHBOURS = 50  # on each side of a number


def pairs(model: ReportModel) -> dict[Key, Key]:
    """Returns what each new benchmark may have been called before.

    Args:
      model: of the report, with the numbers of before.
    """
    now = {(one.label, one.mode, one.uri): one.metrics for one in model.results.benchmarks}
    before = {key: one.metrics for key, one in model.before.items()}
    gone = _numbers([one.key for one in model.changes if one.verdict == "missing"], before)
    added = _numbers([one.key for one in model.changes if one.verdict == "new"], now)
    likely = [(_likeness(old, new), old, new) for old, new in _near(gone, added)]
    found: dict[Key, Key] = {}
    taken: set[Key] = set()
    for _, old, new in sorted(likely, key=lambda one: (-one[0], *one[1:])):
        if old not in taken and new not in found:
            found[new] = old
            taken.add(old)
    return found


def _numbers(
    keys: Sequence[Key], metrics: Mapping[Key, Mapping[str, int | float]]
) -> dict[Key, int | float]:
    """Returns the headline number of each benchmark that has one."""
    found = {}
    for key in keys:
        (metric, *_) = mode_of(key[1]).headline or ("",)
        number = metrics.get(key, {}).get(metric)
        if number:
            found[key] = number
    return found


def _near(
    gone: Mapping[Key, int | float], added: Mapping[Key, int | float]
) -> list[tuple[Key, Key]]:
    """Returns what is of one mode and nearly of one number.

    Of each new benchmark only its neighbours are looked at, by number and then by name: all of ten
    thousand may have one number.
    """
    ordered = sorted((old[1], before, old) for old, before in gone.items())
    beside = min(_NEIGHBOURS, max(1, _MOST_PAIRS // (2 * max(1, len(added)))))
    found = []
    for new, number in added.items():
        at = bisect_left(ordered, (new[1], number, new))
        found += [
            (old, new)
            for mode, before, old in ordered[max(0, at - beside) : at + beside]
            if mode == new[1] and abs(number / before - 1) <= _NEAR
        ]
    return found


def _likeness(old: Key, new: Key) -> float:
    """Returns how much alike the names are: a target counts as much as a name."""
    return float(old[0] == new[0]) + SequenceMatcher(None, old[2], new[2]).ratio()
