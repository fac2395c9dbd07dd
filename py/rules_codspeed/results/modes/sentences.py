"""Sentences about measurements, in which text from outside is marked for whoever escapes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_codspeed.results.model import Provenance

DIFFER = ": numbers may differ from run to run"


class Name(str):
    """Text from outside in a sentence, such as a label or a processor."""

    __slots__ = ()


Sentence = tuple[str, ...]
"""Parts of a sentence, without its period; those from outside are a `Name`."""


def listed(values: Iterable[str]) -> Sentence:
    """Returns each value once, sorted, with commas between."""
    parts: Sentence = ()
    for value in sorted(set(values)):
        parts += (", ", Name(value)) if parts else (Name(value),)
    return parts


def first_of(targets: Sequence[Provenance]) -> Sentence:
    """Returns the label of the first target, and how many more there are."""
    others = len(targets) - 1
    return (Name(targets[0].label), f" and {others} more" if others else "")
