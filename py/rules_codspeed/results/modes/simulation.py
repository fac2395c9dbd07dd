"""The mode `simulation`: instructions and cache misses, counted by Valgrind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.provenance import Provenance, Simulator
from rules_codspeed.results.modes.columns import ABSENT, Column, Metrics, count_columns
from rules_codspeed.results.modes.imported import imported_conditions, imported_notes
from rules_codspeed.results.modes.mode import (
    HUNDREDTHS,
    ISOLATED,
    Metric,
    Mode,
    Notes,
    ProfileKind,
)
from rules_codspeed.results.modes.sentences import DIFFER, Sentence, first_of, listed
from rules_codspeed.results.simulation_metrics import (
    CYCLES,
    ESTIMATED_CYCLES,
    INSTRUCTIONS,
    L1_MISSES,
    LL_MISSES,
)

# Their titles, full and short.
_TITLES = {
    INSTRUCTIONS: ("Instructions", "Instructions"),
    L1_MISSES: ("L1 misses", "L1 misses"),
    LL_MISSES: ("LL misses", "LL misses"),
    ESTIMATED_CYCLES: ("Estimated cycles", "Est. cycles"),
}
# Instructions are the program's; misses also depend on where code and data lie, which moves with
# any edit. docs/judging.md states what was measured.
_LIMITS = {
    INSTRUCTIONS: "1% and 5",
    L1_MISSES: "20% and 64",
    LL_MISSES: "10% and 10",
    ESTIMATED_CYCLES: "5% and 500",
    CYCLES: "1% and 1000",
}
# Their heap and what the interpreter learned of other code move these. docs/judging.md likewise.
_INTERPRETED = {INSTRUCTIONS: "3.5%", ESTIMATED_CYCLES: "10%", CYCLES: "3.5%"}
# In a fork (measure/frameworks/pytesting) only what the interpreter learned from imports does.
_ISOLATED = {INSTRUCTIONS: 12_000, CYCLES: 1_200_000}
_STOCK = "stock"
# The arguments that callgrind's numbers depend on: its caches and what it counts.
_COUNTED = ("--I1=", "--D1=", "--LL=", "--cache-sim=", "--branch-sim=", "--collect-")

_ESTIMATION = "--cycle-estimation=yes"


def _columns(metrics: Sequence[Metrics]) -> list[Column]:
    """Returns counts, and the simulator's cycles; ours from misses only where it has none."""
    titles = dict(_TITLES)
    if metrics and all(CYCLES in one for one in metrics):
        del titles[ESTIMATED_CYCLES]
    columns = count_columns(titles, metrics)
    found = [_cycles(one) for one in metrics]
    if any(cycles is not None for cycles in found):
        cells = [ABSENT if cycles is None else f"{cycles:,}" for cycles in found]
        total = f"{sum(cycles or 0 for cycles in found):,}"
        columns.append(Column("Cycles (throughput)", "Cycles", cells, total))
    return columns


def _cycles(metrics: Metrics) -> int | None:
    """Returns whole cycles; None where they were not counted."""
    return (int(metrics[CYCLES]) + 50) // 100 if CYCLES in metrics else None


def is_stock(provenance: Provenance) -> bool:
    """Returns whether a target was measured by the stock Valgrind."""
    return provenance.simulator is not None and provenance.simulator.flavor == _STOCK


def _notes(provenance: Sequence[Provenance]) -> Notes:
    simulators = [one.simulator for one in provenance if one.simulator]
    how = (", simulated by ", *listed(map(_shown, simulators))) if simulators else ()
    remarks = [*imported_notes(provenance), *_not_comparable(simulators), *_doubts(provenance)]
    return Notes(how, [*remarks, *_uncounted(provenance)])


def _uncounted(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns how many processes programs started whose work is in no number."""
    started = [one for one in provenance if one.uncounted_children]
    if not started:
        return []
    count = sum(one.uncounted_children for one in started)
    what = "child process was" if count == 1 else "child processes were"
    return [(f"{count} {what} not counted for ", *first_of(started), ": see docs/benchmarks.md")]


def _shown(simulator: Simulator) -> str:
    suffix = f" ({_STOCK})" if simulator.flavor == _STOCK else ""
    return f"{simulator.name} {simulator.version}{suffix}"


def _not_comparable(simulators: Sequence[Simulator]) -> list[Sentence]:
    if all(one.flavor != _STOCK for one in simulators):
        return []
    return [("Numbers of the stock Valgrind are not comparable with CodSpeed's",)]


def _doubts(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns what may make counts differ from run to run, and for which targets."""
    doubts = {
        "Address randomisation was on": [one for one in provenance if one.aslr != "off"],
        "The fixed kernel was not complete": [one for one in provenance if one.machine_answered],
    }
    return [
        (f"{doubt} for ", *first_of(targets), DIFFER)
        for doubt, targets in doubts.items()
        if targets
    ]


def _conditions(provenance: Provenance) -> Mapping[str, str]:
    """Simulated numbers are those of a simulator and its settings, on any machine."""
    if not provenance.simulator:
        return {}
    if provenance.imported:
        return {
            "simulator": _identity(provenance.simulator),
            **_estimation(provenance),
            **imported_conditions(provenance.framework, provenance.imported),
        }
    counted = [one for one in provenance.arguments if one.startswith(_COUNTED)]
    return {
        "simulator": _identity(provenance.simulator),
        "simulation": " ".join(sorted(counted)),
        **_estimation(provenance),
        "host_key": provenance.host_key,
        ISOLATED: "yes" if provenance.isolate else "no",
        "environment": _digest(provenance.pins),
        "clock": provenance.clock,
        "compatibility": provenance.compatibility,
        "track_subprocess": "yes" if provenance.track_subprocess else "no",
    }


def _estimation(provenance: Provenance) -> Mapping[str, str]:
    """Returns whether CodSpeed's Valgrind estimated cycles; the stock one never does."""
    if is_stock(provenance):
        return {}
    return {"cycle_estimation": "yes" if _ESTIMATION in provenance.arguments else "no"}


def _identity(simulator: Simulator) -> str:
    package = f" {simulator.sha256[:12]}" if simulator.sha256 else ""
    return f"{simulator.name} {simulator.version} ({simulator.flavor}){package}"


def _digest(pins: Mapping[str, str]) -> str:
    """Returns a hash of the variables that the driver fixed: they are long and seldom change.

    A comparison shows that they differ; provenance shows how.
    """
    text = json.dumps(pins, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


MODE = Mode(
    name="simulation",
    metrics=(
        Metric(INSTRUCTIONS, "Instructions"),
        Metric(L1_MISSES, "L1 misses"),
        Metric(LL_MISSES, "LL misses"),
        Metric(ESTIMATED_CYCLES, "Estimated cycles"),
        Metric(CYCLES, "Cycles (throughput)", HUNDREDTHS),
        Metric("Cl", "Cycles (latency)", HUNDREDTHS),
    ),
    headline=(INSTRUCTIONS, L1_MISSES, LL_MISSES, ESTIMATED_CYCLES),
    columns=_columns,
    notes=_notes,
    conditions=_conditions,
    limits=_LIMITS,
    interpreted=_INTERPRETED,
    isolated=_ISOLATED,
    judged=(INSTRUCTIONS, ESTIMATED_CYCLES),
    causes={ESTIMATED_CYCLES: (INSTRUCTIONS, L1_MISSES, LL_MISSES)},
    better={ESTIMATED_CYCLES: CYCLES},
    profile=ProfileKind.CALLGRIND,
    executor="valgrind",
    one_part=True,
)
