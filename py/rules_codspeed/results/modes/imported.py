"""What is stated of times that were imported: rules_codspeed did not measure them itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rules_codspeed.contract.provenance import Imported, Provenance
from rules_codspeed.results.modes.sentences import Name, Sentence, listed

_MOST_SKIPPED = 5


def imported_notes(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns where the times of each target come from, and which benchmarks were skipped."""
    found = [one for one in provenance if one.imported]
    return [sentence for one in found for sentence in _notes(one.label, one.framework, one)]


def _notes(label: str, kind: str, provenance: Provenance) -> Iterator[Sentence]:
    imported = provenance.imported
    assert imported
    first, *others = imported.files
    more = f" and {len(others)} more" if others else ""
    sentence: Sentence = (Name(label), " is imported from ", Name(first.name), f"{more}, format ")
    sentence += (Name(kind),)
    if imported.tool:
        sentence += (", measured by ", *listed(imported.tool))
    if imported.cpu:
        sentence += (" on " if imported.tool else ", measured on ", Name(imported.cpu))
    yield sentence
    if imported.skipped:
        yield _skipped(label, imported.skipped)


def _skipped(label: str, skipped: Mapping[str, str]) -> Sentence:
    sentence: Sentence = (f"{len(skipped)} skipped in ", Name(label), ": ")
    for number, (name, reason) in enumerate(list(skipped.items())[:_MOST_SKIPPED]):
        why: Sentence = (" (", Name(reason), ")") if reason else ()
        sentence += (", " if number else "", Name(name), *why)
    rest = len(skipped) - _MOST_SKIPPED
    return (*sentence, f" and {rest} more") if rest > 0 else sentence


def imported_conditions(kind: str, imported: Imported) -> Mapping[str, str]:
    """Returns what must be equal to compare imported times with each other."""
    return {"cpu": imported.cpu, "imported_from": kind}
