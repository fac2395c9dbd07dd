"""What is told beside numbers: how many, how they were measured, and why they may differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_codspeed.results.model import Machine, Profiler, Provenance, Results, Simulator

_STOCK = "stock"
_QUIET_GOVERNOR = "performance"
_BUSY = 1.0  # processes that ran in the minute before
_NO_COUNTERS = "cpu-clock"
_DIFFER = ": numbers may differ from run to run"


class Name(str):
    """Text from outside in a sentence, such as a label or a processor."""

    __slots__ = ()


Sentence = tuple[str, ...]
"""Parts of a sentence, without its period; those from outside are a `Name`."""


def modes(results: Results) -> list[str]:
    """Returns the modes in which anything was measured, sorted."""
    measured = {one.mode for one in results.benchmarks}
    return sorted(measured | {one.mode for one in results.provenance})


def notes(results: Results, mode: str) -> list[Sentence]:
    """Returns what is told of a mode: the count of its benchmarks first, then remarks.

    Args:
      results: of all modes.
      mode: of those benchmarks.
    """
    provenance = [one for one in results.provenance if one.mode == mode]
    count = sum(one.mode == mode for one in results.benchmarks)
    head: Sentence = (f"{count:,} benchmark{'' if count == 1 else 's'}",)
    if mode == "walltime":
        return [head + _timed_on(provenance), *_profiles(provenance), *_noise(provenance)]
    simulators = [one.simulator for one in provenance if one.simulator]
    return [head + _simulated_by(simulators), *_not_comparable(simulators), *_doubts(provenance)]


def is_stock(provenance: Provenance) -> bool:
    """Tells whether a target was measured by the stock Valgrind."""
    return provenance.simulator is not None and provenance.simulator.flavor == _STOCK


def _simulated_by(simulators: Sequence[Simulator]) -> Sentence:
    if not simulators:
        return ()
    return (", simulated by ", *_listed(map(_simulator, simulators)))


def _simulator(simulator: Simulator) -> str:
    suffix = f" ({_STOCK})" if simulator.flavor == _STOCK else ""
    return f"{simulator.name} {simulator.version}{suffix}"


def _not_comparable(simulators: Sequence[Simulator]) -> list[Sentence]:
    if all(one.flavor != _STOCK for one in simulators):
        return []
    return [("Numbers of the stock Valgrind are not comparable with CodSpeed's",)]


def _doubts(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns what may make counts differ from run to run, and of which targets."""
    doubts = {
        "Address randomisation was on": [one for one in provenance if one.aslr != "off"],
        "Random numbers were the kernel's": [
            one for one in provenance if one.randomness != "fixed"
        ],
    }
    return [
        (f"{doubt} for ", *_targets(targets), _DIFFER)
        for doubt, targets in doubts.items()
        if targets
    ]


def _timed_on(provenance: Sequence[Provenance]) -> Sentence:
    if not provenance:
        return ()
    return (
        ", timed on ",
        *_listed(
            (one.walltime.machine.cpu if one.walltime else "") or one.platform for one in provenance
        ),
    )


def _profiles(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns by what samples were taken, and of which targets there are none and why."""
    by_state: dict[Sentence, list[Provenance]] = {}
    for one in provenance:
        if one.walltime:
            by_state.setdefault(_profile(one.walltime.profiler), []).append(one)
    everywhere = len(by_state) == 1
    return [
        sentence if everywhere else (*sentence, " (", *_targets(targets), ")")
        for sentence, targets in by_state.items()
    ]


def _profile(profiler: Profiler) -> Sentence:
    if profiler.state == "recorded":
        why = ", as there are no hardware counters" if profiler.event == _NO_COUNTERS else ""
        perf = Name(f"perf {profiler.version}".rstrip())
        return ("Profiled by ", perf, " on ", Name(profiler.event), why)
    reason: Sentence = (": ", Name(profiler.reason.rstrip("."))) if profiler.reason else ()
    if profiler.state == "off":
        return ("Not profiled, as asked", *reason)
    return (f"Not profiled, as perf is {profiler.state}", *reason)


def _noise(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns what of the machines makes times differ, if anything does."""
    machines = [one.walltime.machine for one in provenance if one.walltime]
    facts = [
        *_facts("governor ", (one.governor for one in machines if _is_slow(one.governor))),
        *([("turbo on",)] if any(one.turbo == "on" for one in machines) else []),
        *_facts("virtualised by ", (one.virtualisation for one in machines if _is_guest(one))),
        *_facts("load ", _load(machines)),
    ]
    if not facts:
        return []
    (first, *rest), *others = facts
    sentence: Sentence = (first[0].upper() + first[1:], *rest)
    for other in others:
        sentence += (", ", *other)
    return [(*sentence, _DIFFER)]


def _facts(start: str, values: Iterable[str]) -> list[Sentence]:
    """Returns one fact with all that was found; none where nothing was."""
    found = _listed(values)
    return [(start, *found)] if found else []


def _is_slow(governor: str) -> bool:
    """Tells whether a processor may run slower than it can; a virtual one has no governor."""
    return bool(set(governor.split(",")) - {"", _QUIET_GOVERNOR})


def _is_guest(machine: Machine) -> bool:
    return machine.virtualisation not in ("", "none")


def _load(machines: Sequence[Machine]) -> list[str]:
    highest = max((one.load for one in machines), default=0.0)
    return [f"{highest:.1f}"] if highest > _BUSY else []


def _listed(values: Iterable[str]) -> Sentence:
    """Returns each value once, sorted, with commas between."""
    parts: Sentence = ()
    for value in sorted(set(values)):
        parts += (", ", Name(value)) if parts else (Name(value),)
    return parts


def _targets(targets: Sequence[Provenance]) -> Sentence:
    others = len(targets) - 1
    return (Name(targets[0].label), f" and {others} more" if others else "")
