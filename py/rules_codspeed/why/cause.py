"""What made the numbers differ, in one sentence: what is certain goes before what is likely."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from rules_codspeed.results.changes import Recorded
from rules_codspeed.results.comparison import compare
from rules_codspeed.results.conditions import incomparable
from rules_codspeed.results.contents import unknown
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.modes.registry import is_timed
from rules_codspeed.why.side import Side
from rules_codspeed.why.sources import Pair


class Inputs(Enum):
    """Whether two runs measured the same."""

    SAME = auto()
    OTHER = auto()
    UNKNOWN = auto()
    """One of them does not record it, as a baseline or a run of an earlier version."""


def inputs(before: Side, after: Side) -> Inputs:
    """Returns whether two runs measured the same."""
    if not (before.inputs and after.inputs):
        return Inputs.UNKNOWN
    return Inputs.SAME if before.inputs == after.inputs else Inputs.OTHER


def differing(pair: Pair) -> list[str]:
    """Returns the benchmarks of both runs whose numbers differ; times, beyond chance."""
    before, after = pair.before.benchmarks, pair.after.benchmarks
    both = [uri for uri in after if uri in before]
    if not is_timed(pair.mode):
        return [uri for uri in both if _numbers_differ(before[uri], after[uri])]
    changes = compare(
        _keyed(pair, before), _keyed(pair, after), lambda label, mode: default_rules(mode)
    )
    moved = {one.uri for one in changes if one.verdict != "unchanged"}
    return [uri for uri in both if uri in moved]


def _numbers_differ(before: Recorded, after: Recorded) -> bool:
    # A baseline holds only what is judged.
    return any(before.metrics.get(name, value) != value for name, value in after.metrics.items())


def _keyed(pair: Pair, benchmarks: Mapping[str, Recorded]) -> dict[tuple[str, str, str], Recorded]:
    return {(pair.label, pair.mode, uri): one for uri, one in benchmarks.items()}


def is_unrepeatable(pair: Pair) -> bool:
    """Returns whether nothing that is recorded differs, and the numbers are exact."""
    return (
        not is_timed(pair.mode)
        and inputs(pair.before, pair.after) is Inputs.SAME
        and not incomparable(pair.before.conditions, pair.after.conditions)
    )


def cause(pair: Pair, since: str) -> str:
    """Returns why the numbers of two runs differ: a sentence without its period.

    Args:
      pair: the runs; some of their numbers differ.
      since: since when the same inputs give other numbers, if the history knows it.
    """
    before, after = pair.before, pair.after
    same = inputs(before, after)
    doubt = incomparable(before.conditions, after.conditions)
    if same is Inputs.OTHER:
        if doubt:
            return f"other inputs, and other conditions: {doubt}"
        return (
            "other inputs: the program, a file that it reads, an argument, a variable, the "
            "simulator or rules_codspeed changed"
        )
    if doubt:
        of_inputs = {
            Inputs.SAME: "the inputs are the same",
            Inputs.UNKNOWN: _not_recorded(before, after),
        }
        return f"{doubt}; {of_inputs[same]}"
    if same is Inputs.UNKNOWN:
        remark = unknown(before.conditions, after.conditions) or "the conditions are the same"
        return f"probably other inputs: {_not_recorded(before, after)}; {remark}"
    if is_timed(pair.mode):
        return "the machine: the same inputs took another time; times never repeat exactly"
    dated = f" {since}" if since else ""
    return (
        "the measurement is not repeatable: the same inputs under the same conditions give other "
        f"numbers{dated}"
    )


def no_difference(pair: Pair) -> str:
    """Returns a sentence, without its period, on runs whose numbers are the same."""
    same = inputs(pair.before, pair.after)
    numbers = (
        "No time moved beyond its limit" if is_timed(pair.mode) else "The numbers are the same"
    )
    if same is Inputs.UNKNOWN:
        return f"{numbers}; {_not_recorded(pair.before, pair.after)}"
    words = "and the inputs are the same" if same is Inputs.SAME else "although the inputs are not"
    return f"{numbers}, {words}"


def _not_recorded(before: Side, after: Side) -> str:
    if not (before.inputs or after.inputs):
        return "neither run records its inputs"
    return f"the {'run' if before.inputs else 'base'} does not record its inputs"
