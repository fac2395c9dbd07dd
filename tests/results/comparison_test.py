"""Comparing results: verdicts, limits, budgets, and what is never compared."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.provenance import Provenance
from rules_codspeed.results.change_text import remark
from rules_codspeed.results.changes import Recorded, Verdict, worst
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.conditions import conditions, incomparable
from rules_codspeed.results.limits import Limit, Limits, Rules
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.results.comparisons import (
    KEY,
    STEADY,
    TIMED,
    compared,
    rules_of,
    times_of,
)
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import WALLTIME_PROVENANCE


def _counts(instructions: int, **conditions: str) -> Recorded:
    return Recorded({"Ir": instructions}, conditions=conditions)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (1000, 1000, "unchanged"),
        (1000, 1020, "unchanged"),
        (1000, 1021, "regressed"),
        (1000, 1030, "regressed"),
        (1000, 980, "unchanged"),
        (1000, 979, "improved"),
        (10**18, 10**18 + 2 * 10**16, "unchanged"),
        (10**18, 10**18 + 2 * 10**16 + 1, "regressed"),
        (0, 0, "unchanged"),
        (0, 1, "regressed"),
    ],
)
def test_counts_are_judged_exactly(before: int, after: int, verdict: Verdict) -> None:
    change = compared(_counts(before), _counts(after), rules_of({"Ir": "2%"}))
    assert change.verdict == verdict
    assert change.reason == ""


@settings(max_examples=200)
@given(st.integers(1, 10**15), st.fractions(0, 10, max_denominator=1000))
def test_any_count_at_its_limit_passes_and_one_more_fails(before: int, limit: object) -> None:
    from fractions import Fraction

    assert isinstance(limit, Fraction)
    most = before + int(before * limit)
    rules = Rules(Limits({"Ir": Limit(limit)}))
    assert compared(_counts(before), _counts(most), rules).verdict == "unchanged"
    assert compared(_counts(before), _counts(most + 1), rules).verdict == "regressed"


def test_a_budget_holds_without_a_baseline() -> None:
    rules = rules_of({"Ir": "2%"}, {"Ir": 1000})
    assert compared(None, _counts(1000), rules).verdict == "new"
    over = compared(None, _counts(1001), rules)
    assert over.verdict == "regressed"
    assert over.metrics[0].over_budget
    assert compared(_counts(1001), _counts(1001), rules).verdict == "regressed"


def test_new_and_missing() -> None:
    assert compared(None, _counts(5), rules_of({"Ir": "1%"})).verdict == "new"
    gone = compared(_counts(5), None, rules_of({"Ir": "1%"}))
    assert (gone.verdict, gone.reason) == ("missing", "it is no longer measured")


def test_a_metric_that_is_judged_but_not_measured_is_reported() -> None:
    rules = rules_of({"Ir": "1%", "Bc": "1%"})
    change = compared(_counts(5), _counts(5), rules)
    assert (change.verdict, change.reason) == ("missing", "not measured: Bc")
    with_branches = Recorded({"Ir": 5, "Bc": 7})
    change = compared(with_branches, _counts(5), rules)
    assert (change.verdict, change.reason) == ("missing", "no longer measured: Bc")
    change = compared(_counts(5), with_branches, rules)
    assert (change.verdict, change.reason) == ("new", "not measured before: Bc")


def test_other_conditions_are_never_compared() -> None:
    change = compared(_counts(5, cpu="old"), _counts(500, cpu="new"), rules_of({"Ir": "1%"}))
    assert change.verdict == "not_comparable"
    assert change.reason == "other cpu: new, before old"
    assert change.metrics[0].before == 5


def test_a_budget_holds_under_other_conditions() -> None:
    rules = rules_of({}, {"Ir": 100})
    change = compared(_counts(5, cpu="old"), _counts(500, cpu="new"), rules)
    assert change.verdict == "regressed"


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, "unchanged"), (1.03, "unchanged"), (1.2, "regressed"), (0.8, "improved")],
)
def test_times(factor: float, verdict: Verdict) -> None:
    rules = rules_of({"median_ns": "5%"})
    after = times_of([time * factor for time in STEADY])
    change = compared(times_of(STEADY), after, rules, TIMED)
    assert change.verdict == verdict
    times = change.metrics[0].times
    assert times is not None
    if factor > 1.1:
        assert times.effect == 1.0
        assert times.interval
        assert 0.15 < times.interval[0] < 0.2 < times.interval[1] < 0.25


def test_a_difference_by_accident_is_none() -> None:
    before = [100.0, 300.0, 100.0, 300.0, 100.0, 300.0]
    after = [300.0, 100.0, 300.0, 300.0, 100.0, 300.0]
    change = compared(times_of(before), times_of(after), rules_of({"median_ns": "5%"}), TIMED)
    assert change.verdict == "unchanged"


@pytest.mark.parametrize("rounds", [[], [100.0] * 4])
def test_no_verdict_without_enough_rounds(rounds: list[float]) -> None:
    before = Recorded({"median_ns": 100.0}, [rounds])
    change = compared(before, times_of([200.0] * 9), rules_of({"median_ns": "5%"}), TIMED)
    assert change.verdict == "not_comparable"
    assert change.reason == "too few rounds: a verdict needs 5 before and after"


def test_a_median_that_moves_against_the_times_is_no_verdict() -> None:
    # The median is shorter, yet most times of the second are longer than those of the first.
    before = [100.0] * 49 + [200.0] * 51
    after = [101.0] * 51 + [260.0] * 49
    change = compared(times_of(before), times_of(after), rules_of({"median_ns": "5%"}), TIMED)
    (metric,) = change.metrics
    assert (metric.before, metric.after) == (200.0, 101.0)
    assert metric.exceeds
    assert metric.times
    assert metric.times.effect > 0
    assert change.verdict == "unchanged"
    assert "gives no verdict: the rounds do not confirm it" in remark(change)


def test_rounds_of_all_processes_count() -> None:
    before = times_of([100.0, 101.0, 102.0], [100.0, 101.5, 102.5])
    after = times_of([200.0, 201.0, 202.0], [200.0, 201.5, 202.5])
    assert compared(before, after, rules_of({"median_ns": "5%"}), TIMED).verdict == "regressed"


def test_worst() -> None:
    assert worst([]) == "unchanged"
    assert worst(["improved", "unchanged"]) == "improved"
    assert worst(["improved", "regressed", "new"]) == "regressed"


def _results(count: int, how: Provenance = PROVENANCE) -> Results:
    benchmark = Benchmark("a.cc::sort", how.label, how.mode, {"Ir": count})
    return Results(SCHEMA, [benchmark], [how])


def test_recorded_results() -> None:
    same = recorded(_results(7))
    assert same[KEY].metrics == {"Ir": 7}
    assert same[KEY].conditions["simulator"] == "valgrind 3.19.0 (stock) 000000000000"
    other = dataclasses.replace(PROVENANCE, arguments=["--D1=65536,8,64"])
    (change,) = compare(
        same, recorded(_results(7, other)), lambda label, mode: rules_of({"Ir": "1%"})
    )
    assert change.verdict == "not_comparable"
    assert change.reason == "other simulation: --D1=65536,8,64, before none"


def test_runs_with_and_without_cycle_estimation_are_not_compared() -> None:
    simulator = PROVENANCE.simulator
    assert simulator
    fork = dataclasses.replace(simulator, flavor="codspeed")
    without = conditions(dataclasses.replace(PROVENANCE, simulator=fork))
    arguments = ["--cycle-estimation=yes"]
    estimated = conditions(dataclasses.replace(PROVENANCE, simulator=fork, arguments=arguments))
    assert incomparable(without, estimated) == "other cycle estimation: yes, before no"
    assert incomparable(estimated, estimated) == ""
    # An earlier version did not state it.
    del without["cycle_estimation"]
    assert incomparable(without, estimated) == ""


def test_conditions_of_machines() -> None:
    walltime = WALLTIME_PROVENANCE.walltime
    assert walltime
    here = conditions(WALLTIME_PROVENANCE)
    machine = dataclasses.replace(walltime.machine, cpu="Another CPU")
    there = conditions(
        dataclasses.replace(
            WALLTIME_PROVENANCE, walltime=dataclasses.replace(walltime, machine=machine)
        )
    )
    assert incomparable(here, here) == ""
    assert incomparable(here, there) == f"other cpu: Another CPU, before {walltime.machine.cpu}"
    # Its load is recorded, but does not make it another machine.
    loaded = dataclasses.replace(walltime.machine, load=7.5)
    busy = dataclasses.replace(
        WALLTIME_PROVENANCE, walltime=dataclasses.replace(walltime, machine=loaded)
    )
    assert incomparable(here, conditions(busy)) == ""


def test_a_host_key_counts_where_both_have_one() -> None:
    one, other = provenance(host_key="image-1"), provenance(host_key="image-2")
    assert incomparable(conditions(provenance()), conditions(one)) == ""
    assert incomparable(conditions(one), conditions(other)) == (
        "other host key: image-2, before image-1"
    )


def test_numbers_by_another_clock_are_not_compared() -> None:
    machines, logical = provenance(), provenance(clock="logical")
    # An earlier version did not state it.
    unstated = {name: value for name, value in conditions(machines).items() if name != "clock"}
    for before in (conditions(machines), unstated):
        assert incomparable(before, conditions(logical)) == "other clock: logical, before machine"
        assert incomparable(before, conditions(machines)) == ""
