"""Benchmarks to compare, and comparing one of them, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.results.changes import Change, Key, Recorded
from rules_codspeed.results.comparison import compare
from rules_codspeed.results.limits import Rules, default_rules, parse_limits

KEY: Key = ("//pkg:bench", "simulation", "a.cc::sort")
TIMED: Key = ("//pkg:bench", "walltime", "a.cc::sort")

STEADY = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 99.8]


def rules_of(
    limits: Mapping[str, str | int], budget: Mapping[str, str | int] | None = None
) -> Rules:
    """Returns limits as a user writes them."""
    return Rules(parse_limits(limits, budget or {}))


def compared(
    before: Recorded | None, after: Recorded | None, rules: Rules, key: Key = KEY
) -> Change:
    """Returns the change of one benchmark."""
    (change,) = compare(
        {key: before} if before else {}, {key: after} if after else {}, lambda label, mode: rules
    )
    return change


def times_of(*rounds: Sequence[float]) -> Recorded:
    """Returns a timed benchmark."""
    times = sorted(time for of_process in rounds for time in of_process)
    return Recorded({"median_ns": times[len(times) // 2]}, rounds)


def simulated(ir: int, l1: int, ll: int, inputs: str = "") -> Recorded:
    """Returns a simulated benchmark with cycles of these counts."""
    cycles = ir + 10 * l1 + 100 * ll
    metrics = {"Ir": ir, "L1m": l1, "LLm": ll, "estimated_cycles": cycles}
    return Recorded(metrics, (), {"simulator": "x"}, inputs)


def by_default(before: Recorded | None, after: Recorded | None, key: Key = KEY) -> Change:
    """Returns the change of a simulated benchmark by the default limits."""
    return compared(before, after, default_rules("simulation"), key)
