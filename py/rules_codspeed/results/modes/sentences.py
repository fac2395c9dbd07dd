"""Sentences about measurements, in which text from outside is marked so that it can be escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_codspeed.contract.provenance import Provenance

DIFFER = ": numbers may differ from run to run"


class Name(str):
    """Text from outside in a sentence, for example a label or a processor."""

    __slots__ = ()


Sentence = tuple[str, ...]
"""Parts of a sentence, without its period; those from outside are a `Name`."""


def listed(values: Iterable[str]) -> Sentence:
    """Returns each value once, sorted, separated by commas."""
    parts: Sentence = ()
    for value in sorted(set(values)):
        parts += (", ", Name(value)) if parts else (Name(value),)
    return parts


def first_of(targets: Sequence[Provenance]) -> Sentence:
    """Returns the label of the first target, and how many more follow."""
    others = len(targets) - 1
    return (Name(targets[0].label), f" and {others} more" if others else "")
