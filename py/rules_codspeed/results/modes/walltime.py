"""The mode `walltime`: elapsed time, with the samples of perf where it records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rules_codspeed.contract.provenance import Machine, Profiler, Provenance
from rules_codspeed.results import walltime_metrics as names
from rules_codspeed.results.modes.columns import ABSENT, Column, Metrics, counts, shares, times
from rules_codspeed.results.modes.imported import imported_conditions, imported_notes
from rules_codspeed.results.modes.mode import NANOSECONDS, Metric, Mode, Notes, ProfileKind
from rules_codspeed.results.modes.sentences import DIFFER, Name, Sentence, first_of, listed

_QUIET_GOVERNOR = "performance"
_BUSY = 1.0  # processes that ran in the minute before
_NO_COUNTERS = "cpu-clock"
_USER_SPACE = ":u"
_NO_KERNEL = (
    "; the profile lacks what the kernel did, which perf may sample as root outside of the sandbox "
    "(--strategy=CodSpeedWalltime=local), or with kernel.perf_event_paranoid=1"
)


def _columns(metrics: Sequence[Metrics]) -> list[Column]:
    made = [
        Column("Median", "Median", times(names.MEDIAN, metrics)),
        Column("Mean", "Mean", times(names.MEAN, metrics)),
        Column("Std dev", "Std dev", _deviations(metrics)),
        Column("Rounds", "Rounds", counts(names.ROUNDS, metrics)),
        Column("Iterations", "Iterations", counts(names.ITERATIONS, metrics)),
        Column("Outliers (IQR/std dev)", "Outliers", _outliers(metrics)),
        Column("Processes", "Processes", _processes(metrics)),
    ]
    return [one for one in made if any(cell != ABSENT for cell in one.cells)]


def _deviations(metrics: Sequence[Metrics]) -> list[str]:
    """Returns standard deviations, and their share of the mean."""
    of_mean = shares(names.STDEV, names.MEAN, metrics)
    longest = max(map(len, of_mean), default=0)
    return [
        time if time == ABSENT else f"{time} {share:>{longest}}"
        for time, share in zip(times(names.STDEV, metrics), of_mean, strict=True)
    ]


def _outliers(metrics: Sequence[Metrics]) -> list[str]:
    """Returns the rounds far from the quartiles, and those far from the mean."""
    quartiles = counts(names.IQR_OUTLIERS, metrics)
    deviations = counts(names.STDEV_OUTLIERS, metrics)
    return [
        ABSENT if one == other == ABSENT else f"{one}/{other}"
        for one, other in zip(quartiles, deviations, strict=True)
    ]


def _processes(metrics: Sequence[Metrics]) -> list[str]:
    """Returns how many times programs ran, and how much their medians deviate, in percent."""
    of_median = shares(names.BETWEEN_PROCESSES, names.MEDIAN, metrics)
    longest = max(map(len, of_median), default=0)
    return [
        count if count == ABSENT else f"{count} {share:>{longest}}".rstrip()
        for count, share in zip(counts(names.PROCESSES, metrics), of_median, strict=True)
    ]


def _notes(provenance: Sequence[Provenance]) -> Notes:
    measured = [one for one in provenance if one.imported is None]
    remarks = [*imported_notes(provenance), *_profiles(measured), *_noise(measured)]
    return Notes(_timed_on(measured), remarks)


def _timed_on(provenance: Sequence[Provenance]) -> Sentence:
    if not provenance:
        return ()
    return (
        ", timed on ",
        *listed(
            (one.walltime.machine.cpu if one.walltime else "") or one.platform for one in provenance
        ),
    )


def _profiles(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns how samples were taken, and for which targets there are none and why."""
    by_state: dict[Sentence, list[Provenance]] = {}
    for one in provenance:
        if one.walltime:
            by_state.setdefault(_profile(one.walltime.profiler), []).append(one)
    everywhere = len(by_state) == 1
    return [
        sentence if everywhere else (*sentence, " (", *first_of(targets), ")")
        for sentence, targets in by_state.items()
    ]


def _profile(profiler: Profiler) -> Sentence:
    if profiler.state == "recorded":
        event = profiler.event.removesuffix(_USER_SPACE)
        why = ", as there are no hardware counters" if event == _NO_COUNTERS else ""
        # Where perf may not sample the kernel, it leaves it out by itself, and says nothing.
        if event != profiler.event:
            why += _NO_KERNEL
        perf = Name(f"perf {profiler.version}".rstrip())
        return ("Profiled by ", perf, " on ", Name(profiler.event), why)
    reason: Sentence = (": ", Name(profiler.reason.rstrip("."))) if profiler.reason else ()
    if profiler.state == "off":
        return ("Not profiled", *reason) if reason else ("Not profiled, as asked",)
    return (f"Not profiled, as perf is {profiler.state}", *reason)


def _noise(provenance: Sequence[Provenance]) -> list[Sentence]:
    """Returns which properties of the machines make times differ, if any do."""
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
    return [(*sentence, DIFFER)]


def _facts(start: str, values: Iterable[str]) -> list[Sentence]:
    """Returns one fact with all values that were found; none if nothing was found."""
    found = listed(values)
    return [(start, *found)] if found else []


def _is_slow(governor: str) -> bool:
    """Returns whether a processor may run slower than it can; a virtual one has no governor."""
    return bool(set(governor.split(",")) - {"", _QUIET_GOVERNOR})


def _is_guest(machine: Machine) -> bool:
    return machine.virtualisation not in ("", "none")


def _load(machines: Sequence[Machine]) -> list[str]:
    highest = max((one.load for one in machines), default=0.0)
    return [f"{highest:.1f}"] if highest > _BUSY else []


def _conditions(provenance: Provenance) -> Mapping[str, str]:
    """Times are those of a machine in a state."""
    if provenance.imported:
        return imported_conditions(provenance.framework, provenance.imported)
    if not provenance.walltime:
        return {}
    machine = provenance.walltime.machine
    return {
        "cpu": machine.cpu,
        "cores": str(machine.cores),
        "governor": machine.governor,
        "turbo": machine.turbo,
        "smt": machine.smt,
        "virtualisation": machine.virtualisation,
        "cgroup": machine.cgroup,
    }


MODE = Mode(
    name="walltime",
    metrics=(
        Metric(names.MEDIAN, "Median", NANOSECONDS),
        Metric(names.MEAN, "Mean", NANOSECONDS),
        Metric(names.STDEV, "Standard deviation", NANOSECONDS),
        Metric(names.MIN, "Fastest", NANOSECONDS),
        Metric(names.MAX, "Slowest", NANOSECONDS),
        Metric(names.Q1, "First quartile", NANOSECONDS),
        Metric(names.Q3, "Third quartile", NANOSECONDS),
        Metric(names.ROUNDS, "Rounds"),
        Metric(names.ITERATIONS, "Iterations"),
        Metric(names.WARMUP_ITERATIONS, "Warm-up iterations"),
        Metric(names.IQR_OUTLIERS, "Outliers (quartiles)"),
        Metric(names.STDEV_OUTLIERS, "Outliers (deviation)"),
        Metric(names.TOTAL, "Total time", NANOSECONDS),
        Metric(names.PROCESSES, "Processes"),
        Metric(names.BETWEEN_PROCESSES, "Deviation between processes", NANOSECONDS),
        Metric("samples", "Samples"),
    ),
    headline=(names.MEDIAN, names.MEAN, names.STDEV, names.ROUNDS),
    columns=_columns,
    notes=_notes,
    conditions=_conditions,
    # A nanosecond is three cycles: where a loop begins in its cache line moves as much.
    limits={names.MEDIAN: "5% and 1"},
    profile=ProfileKind.SAMPLES,
    executor="walltime",
)
