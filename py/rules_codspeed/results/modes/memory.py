"""The mode `memory`: what programs allocate, seen at the functions of their allocator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.memory_metrics import AVERAGE, CALLS, LARGEST, LIVE, PEAK, TOTAL
from rules_codspeed.results.modes.columns import ABSENT, Column, Metrics, counts, sizes
from rules_codspeed.results.modes.imported import imported_conditions, imported_notes
from rules_codspeed.results.modes.mode import BYTES, ISOLATED, Metric, Mode, Notes, ProfileKind
from rules_codspeed.results.modes.sentences import DIFFER, Sentence, first_of

_POOLED = ("", "pymalloc", "pymalloc_debug", "default", "debug")


def _columns(metrics: Sequence[Metrics]) -> list[Column]:
    made = [
        Column("Peak", "Peak", sizes(PEAK, metrics)),
        Column("Total", "Total", sizes(TOTAL, metrics)),
        Column("Allocations", "Allocs", counts(CALLS, metrics)),
        Column("Average", "Average", sizes(AVERAGE, metrics)),
        Column("Largest", "Largest", sizes(LARGEST, metrics)),
        Column("Not freed", "Not freed", sizes(LIVE, metrics)),
    ]
    return [one for one in made if any(cell != ABSENT for cell in one.cells)]


def _notes(provenance: Sequence[Provenance]) -> Notes:
    how: Sentence = (", counted at malloc and its like",) if provenance else ()
    remarks = [*imported_notes(provenance), *_pools(provenance), *_heaps(provenance)]
    return Notes(how, [*remarks, *_own(provenance), *_doubts(provenance)])


def _pools(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns which programs have memory that no allocator sees."""
    pooled = [
        one
        for one in provenance
        if one.interpreter and one.memory and one.memory.python_malloc in _POOLED
    ]
    if not pooled:
        return []
    return [
        (
            "Python objects of up to 512 bytes come from pools of the interpreter and are not "
            "counted for ",
            *first_of(pooled),
            ": see docs/memory.md",
        )
    ]


def _heaps(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns which programs have a heap that is not taken from an allocator."""
    found = [one for one in provenance if one.memory and "node" in one.memory.heaps]
    if not found:
        return []
    text = "JavaScript's objects come from a heap of Node's own and are not counted for "
    return [(text, *first_of(found), ": see docs/memory.md")]


def _own(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns which programs have numbers of their runtime, which knows no peak."""
    found = [one for one in provenance if one.memory and one.framework == "go"]
    if not found:
        return []
    text = "Go's runtime itself counts bytes and allocations, and knows no peak, for "
    return [(text, *first_of(found), ": see docs/memory.md")]


def _doubts(provenance: Sequence[Provenance]) -> list[Sentence]:
    doubted = [one for one in provenance if one.machine_answered]
    if not doubted:
        return []
    return [("The fixed kernel was not complete for ", *first_of(doubted), DIFFER)]


def _conditions(provenance: Provenance) -> Mapping[str, str]:
    """Allocations are those of a program in an environment, on any machine."""
    if provenance.imported:
        return imported_conditions(provenance.framework, provenance.imported)
    if not provenance.memory:
        return {}
    return {
        "host_key": provenance.host_key,
        ISOLATED: "yes" if provenance.isolate else "no",
        "environment": provenance.memory.python_malloc,
    }


MODE = Mode(
    name="memory",
    metrics=(
        Metric(PEAK, "Peak memory", BYTES),
        Metric(TOTAL, "Total allocated", BYTES),
        Metric(CALLS, "Allocations"),
        Metric(AVERAGE, "Average size", BYTES),
        Metric(LARGEST, "Largest block", BYTES),
        Metric(LIVE, "Not freed", BYTES),
    ),
    headline=(PEAK, TOTAL, CALLS),
    columns=_columns,
    notes=_notes,
    conditions=_conditions,
    limits={PEAK: "5%", TOTAL: "1%", CALLS: "0%"},
    profile=ProfileKind.ALLOCATIONS,
    executor="memory",
)
