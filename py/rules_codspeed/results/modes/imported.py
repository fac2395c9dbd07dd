"""What is stated of numbers that were imported: rules_codspeed did not measure them itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.contract.provenance import Imported, Provenance
from rules_codspeed.results.modes.sentences import Name, Sentence, listed


def imported_notes(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns where the numbers of each target come from."""
    return [_note(one.label, one.framework, one.imported) for one in provenance if one.imported]


def _note(label: str, kind: str, imported: Imported) -> Sentence:
    first, *others = imported.files
    more = f" and {len(others)} more" if others else ""
    sentence: Sentence = (Name(label), " is imported from ", Name(first.name), f"{more}, format ")
    sentence += (Name(kind),)
    if imported.tool:
        sentence += (", measured by ", *listed(imported.tool))
    if imported.cpu:
        sentence += (" on " if imported.tool else ", measured on ", Name(imported.cpu))
    return sentence


def imported_conditions(kind: str, imported: Imported) -> Mapping[str, str]:
    """Returns what must be equal to compare imported numbers with each other."""
    return {"cpu": imported.cpu, "imported_from": kind}
