"""Suites whose parts were measured on machines of different contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.contents import (
    INTERPRETER,
    LIBC,
    LIBRARIES,
    NONE,
    contents,
    identity,
    library_builds,
)


@dataclass(frozen=True, slots=True)
class Mixed:
    """A fact about the machines that differs among the targets of one mode.

    Attributes:
      mode: how the targets were measured.
      what: `libc`, `interpreter`, or the name of a library.
      targets: labels by value, for example by `glibc 2.36 (build 5e1f9c0b7d22)`.
    """

    mode: str
    what: str
    targets: dict[str, list[str]]


def mixed(provenance: Iterable[Provenance]) -> list[Mixed]:
    """Returns the facts that differ, sorted by mode; the libc first."""
    by_fact: dict[tuple[str, str], dict[str, tuple[str, list[str]]]] = {}
    for one in provenance:
        for what, value in _facts(one):
            values = by_fact.setdefault((one.mode, what), {})
            values.setdefault(identity(value), (value, []))[1].append(one.label)
    found = [
        Mixed(mode, what, {value: sorted(labels) for value, labels in sorted(values.values())})
        for (mode, what), values in by_fact.items()
        if len(values) > 1
    ]
    # Libraries of another libc are other ones too: one fault is enough.
    without = {one.mode for one in found if one.what == LIBC}
    kept = [one for one in found if one.what in _ORDER or one.mode not in without]
    return sorted(kept, key=lambda one: (one.mode, _ORDER.get(one.what, len(_ORDER)), one.what))


_ORDER = {LIBC: 0, INTERPRETER: 1}


def _facts(provenance: Provenance) -> Iterator[tuple[str, str]]:
    """Yields the facts of one target that the machine decides, and not the target."""
    if not provenance.host:
        return
    found = contents(provenance)
    if found[LIBC] != NONE:
        yield LIBC, found[LIBC]
    if provenance.host.interpreter:
        yield INTERPRETER, found[INTERPRETER]
    yield from library_builds(found.get(LIBRARIES, "")).items()


def mixed_labels(found: Sequence[Mixed]) -> list[str]:
    """Returns the labels of all targets that differ, sorted."""
    return sorted({label for one in found for labels in one.targets.values() for label in labels})
