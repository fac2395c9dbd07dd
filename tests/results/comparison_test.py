"""Comparing results: verdicts, limits, budgets, and what is never compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.change_text import metric_text, remark
from rules_codspeed.results.changes import Change, Key, Recorded, Verdict, worst
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.conditions import conditions, incomparable
from rules_codspeed.results.limits import Limit, Limits, Rules, default_rules, parse_limits
from rules_codspeed.results.model import SCHEMA, Benchmark, Provenance, Results
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import WALLTIME_PROVENANCE

_KEY: Key = ("//pkg:bench", "simulation", "a.cc::sort")
_TIMED: Key = ("//pkg:bench", "walltime", "a.cc::sort")


def _rules(limits: Mapping[str, str], budget: Mapping[str, int] | None = None) -> Rules:
    return Rules(parse_limits(limits, budget or {}))


def _one(before: Recorded | None, after: Recorded | None, rules: Rules, key: Key = _KEY) -> Change:
    (change,) = compare(
        {key: before} if before else {}, {key: after} if after else {}, lambda label, mode: rules
    )
    return change


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
    change = _one(_counts(before), _counts(after), _rules({"Ir": "2%"}))
    assert change.verdict == verdict
    assert change.reason == ""


@settings(max_examples=200)
@given(st.integers(1, 10**15), st.fractions(0, 10, max_denominator=1000))
def test_any_count_at_its_limit_passes_and_one_more_fails(before: int, limit: object) -> None:
    from fractions import Fraction

    assert isinstance(limit, Fraction)
    most = before + int(before * limit)
    rules = Rules(Limits({"Ir": Limit(limit)}))
    assert _one(_counts(before), _counts(most), rules).verdict == "unchanged"
    assert _one(_counts(before), _counts(most + 1), rules).verdict == "regressed"


def test_a_budget_holds_without_a_baseline() -> None:
    rules = _rules({"Ir": "2%"}, {"Ir": 1000})
    assert _one(None, _counts(1000), rules).verdict == "new"
    over = _one(None, _counts(1001), rules)
    assert over.verdict == "regressed"
    assert over.metrics[0].over_budget
    assert _one(_counts(1001), _counts(1001), rules).verdict == "regressed"


def test_new_and_missing() -> None:
    assert _one(None, _counts(5), _rules({"Ir": "1%"})).verdict == "new"
    gone = _one(_counts(5), None, _rules({"Ir": "1%"}))
    assert (gone.verdict, gone.reason) == ("missing", "it is no longer measured")


def test_a_metric_that_is_judged_but_not_measured_is_reported() -> None:
    rules = _rules({"Ir": "1%", "Bc": "1%"})
    change = _one(_counts(5), _counts(5), rules)
    assert (change.verdict, change.reason) == ("missing", "not measured: Bc")
    with_branches = Recorded({"Ir": 5, "Bc": 7})
    change = _one(with_branches, _counts(5), rules)
    assert (change.verdict, change.reason) == ("missing", "no longer measured: Bc")
    change = _one(_counts(5), with_branches, rules)
    assert (change.verdict, change.reason) == ("new", "not measured before: Bc")


def test_other_conditions_are_never_compared() -> None:
    change = _one(_counts(5, cpu="old"), _counts(500, cpu="new"), _rules({"Ir": "1%"}))
    assert change.verdict == "not_comparable"
    assert change.reason == "other cpu: new, before old"
    assert change.metrics[0].before == 5


def test_a_budget_holds_under_other_conditions() -> None:
    rules = _rules({}, {"Ir": 100})
    change = _one(_counts(5, cpu="old"), _counts(500, cpu="new"), rules)
    assert change.verdict == "regressed"


def _times(*rounds: Sequence[float]) -> Recorded:
    times = sorted(time for of_process in rounds for time in of_process)
    return Recorded({"median_ns": times[len(times) // 2]}, rounds)


_STEADY = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2, 99.8]


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, "unchanged"), (1.03, "unchanged"), (1.2, "regressed"), (0.8, "improved")],
)
def test_times(factor: float, verdict: Verdict) -> None:
    rules = _rules({"median_ns": "5%"})
    after = _times([time * factor for time in _STEADY])
    change = _one(_times(_STEADY), after, rules, _TIMED)
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
    change = _one(_times(before), _times(after), _rules({"median_ns": "5%"}), _TIMED)
    assert change.verdict == "unchanged"


@pytest.mark.parametrize("rounds", [[], [100.0] * 4])
def test_no_verdict_without_enough_rounds(rounds: list[float]) -> None:
    before = Recorded({"median_ns": 100.0}, [rounds])
    change = _one(before, _times([200.0] * 9), _rules({"median_ns": "5%"}), _TIMED)
    assert change.verdict == "not_comparable"
    assert change.reason == "too few rounds: a verdict needs 5 before and after"


def test_a_median_that_moves_against_the_times_is_no_verdict() -> None:
    # The median is shorter, yet most times of the second are longer than those of the first.
    before = [100.0] * 49 + [200.0] * 51
    after = [101.0] * 51 + [260.0] * 49
    change = _one(_times(before), _times(after), _rules({"median_ns": "5%"}), _TIMED)
    (metric,) = change.metrics
    assert (metric.before, metric.after) == (200.0, 101.0)
    assert metric.passed
    assert metric.times
    assert metric.times.effect > 0
    assert change.verdict == "unchanged"
    assert "gives no verdict: the rounds do not confirm it" in remark(change)


def test_rounds_of_all_processes_count() -> None:
    before = _times([100.0, 101.0, 102.0], [100.0, 101.5, 102.5])
    after = _times([200.0, 201.0, 202.0], [200.0, 201.5, 202.5])
    assert _one(before, after, _rules({"median_ns": "5%"}), _TIMED).verdict == "regressed"


def test_worst() -> None:
    assert worst([]) == "unchanged"
    assert worst(["improved", "unchanged"]) == "improved"
    assert worst(["improved", "regressed", "new"]) == "regressed"


def _results(count: int, how: Provenance = PROVENANCE) -> Results:
    benchmark = Benchmark("a.cc::sort", how.label, how.mode, {"Ir": count})
    return Results(SCHEMA, [benchmark], [how])


def test_recorded_results() -> None:
    same = recorded(_results(7))
    assert same[_KEY].metrics == {"Ir": 7}
    assert same[_KEY].conditions["simulator"] == "valgrind 3.19.0 (stock) 000000000000"
    other = dataclasses.replace(PROVENANCE, arguments=["--D1=65536,8,64"])
    (change,) = compare(
        same, recorded(_results(7, other)), lambda label, mode: _rules({"Ir": "1%"})
    )
    assert change.verdict == "not_comparable"
    assert change.reason == "other simulation: --D1=65536,8,64, before none"


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


def _simulated(ir: int, l1: int, ll: int, inputs: str = "") -> Recorded:
    cycles = ir + 10 * l1 + 100 * ll
    metrics = {"Ir": ir, "L1m": l1, "LLm": ll, "estimated_cycles": cycles}
    return Recorded(metrics, (), {"simulator": "x"}, inputs)


def _by_default(before: Recorded | None, after: Recorded | None, key: Key = _KEY) -> Change:
    return _one(before, after, default_rules("simulation"), key)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((2000, 20, 3), (2000, 22, 5), "unchanged"),  # two LL misses more
        ((5000, 20, 3), (5000, 21, 4), "unchanged"),
        ((500, 20, 3), (500, 22, 3), "unchanged"),
        ((90, 0, 0), (91, 0, 0), "unchanged"),
        ((0, 0, 0), (1, 0, 0), "unchanged"),
        ((0, 0, 0), (10, 0, 0), "regressed"),
        ((203, 8, 8), (203, 12, 12), "unchanged"),  # functions that begin elsewhere in their lines
        ((236, 41, 41), (236, 38, 38), "unchanged"),
        ((2000, 20, 3), (2000, 20, 34), "unchanged"),
        ((2000, 20, 3), (2000, 20, 35), "regressed"),
        ((2000, 20, 35), (2000, 20, 3), "improved"),
        ((1_000_000, 0, 0), (1_010_000, 0, 0), "unchanged"),
        ((1_000_000, 0, 0), (1_011_000, 0, 0), "regressed"),
        # The heap lies elsewhere: few instructions, and misses within their share.
        ((1_000_000, 4000, 400), (1_009_800, 4600, 439), "unchanged"),
        ((1_000_000, 4000, 400), (1_009_800, 9000, 400), "regressed"),
        # Fewer misses are no reason for more cycles.
        ((1_000_000, 9000, 100), (1_009_999, 4000, 690), "regressed"),
        ((1_000_000, 9000, 4000), (1_000_000, 4000, 4390), "unchanged"),
        # Misses that cost too little are not even looked at.
        ((10**9, 20, 3), (10**9, 20, 3000), "unchanged"),
    ],
)
def test_instructions_first(
    before: tuple[int, int, int], after: tuple[int, int, int], verdict: Verdict
) -> None:
    assert _by_default(_simulated(*before), _simulated(*after)).verdict == verdict


def test_an_unchanged_benchmark_states_the_limits_of_its_causes() -> None:
    change = _by_default(_simulated(203, 8, 8), _simulated(203, 12, 12))
    assert remark(change) == (
        "estimated_cycles +40.63 % gives no verdict: what it sums up is within its limits: "
        "Ir 203 -> 203 (limit 1 % and 10), L1m 8 -> 12 (limit 20 % and 64), "
        "LLm 8 -> 12 (limit 10 % and 32)"
    )


def test_cycles_decide_alone_where_misses_are_not_known() -> None:
    before, after = (Recorded({"Ir": 100, "estimated_cycles": one}) for one in (1000, 1020))
    assert _by_default(before, after).verdict == "regressed"


def test_causes_have_the_limits_that_the_user_sets() -> None:
    rules = Rules(parse_limits({"estimated_cycles": "1%", "LLm": "5% and 2"}, {}, "simulation"))
    change = _one(_simulated(2000, 20, 3), _simulated(2000, 20, 5), rules)
    assert [one.verdict for one in change.metrics] == ["regressed", "regressed"]


_COUNTS = st.tuples(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**5))


@settings(max_examples=300, deadline=None)
@given(_COUNTS, _COUNTS)
def test_few_instructions_and_few_misses_are_never_a_verdict(
    before: tuple[int, int, int], moves: tuple[int, int, int]
) -> None:
    ir, l1, ll = before
    near = (ir + moves[0] % 10, l1 + moves[1] % 64, ll + moves[2] % 32)
    assert _by_default(_simulated(*before), _simulated(*near)).verdict == "unchanged"
    assert _by_default(_simulated(*near), _simulated(*before)).verdict == "unchanged"


@settings(max_examples=300, deadline=None)
@given(_COUNTS, _COUNTS)
def test_what_costs_less_in_everything_is_never_slower(
    before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    less = tuple(min(pair) for pair in zip(before, after, strict=True))
    assert _by_default(_simulated(*before), _simulated(*less)).verdict in ("improved", "unchanged")  # type: ignore[arg-type]


def test_from_zero_has_no_percentage() -> None:
    change = _by_default(_simulated(0, 0, 0), _simulated(50, 0, 0))
    assert change.verdict == "regressed"
    assert change.metrics[0].relative is None
    assert metric_text(change.metrics[0]) == "0 -> 50   from 0   limit 1 % and 10"


_NEW_NAME: Key = ("//pkg:bench", "simulation", "a.cc::sort_all")
_NEW_TARGET: Key = ("//other:bench", "simulation", "a.cc::sort")


def _all(before: Mapping[Key, Recorded], after: Mapping[Key, Recorded]) -> list[Change]:
    return compare(before, after, lambda label, mode: default_rules(mode))


def test_another_name_is_one_change() -> None:
    numbers = _simulated(5000, 40, 5)
    (change,) = _all({_KEY: numbers}, {_NEW_NAME: numbers})
    assert (change.verdict, change.key, change.renamed_from) == ("renamed", _NEW_NAME, _KEY)
    assert change.reason == "it was a.cc::sort before"
    (change,) = _all({_KEY: numbers}, {_NEW_TARGET: numbers})
    assert (change.verdict, change.reason) == ("renamed", "it was //pkg:bench before")
    # The length of a name moves misses.
    (change,) = _all({_KEY: numbers}, {_NEW_NAME: _simulated(5000, 45, 7)})
    assert change.verdict == "renamed"


def test_names_are_paired_only_where_there_is_no_choice() -> None:
    numbers = _simulated(5000, 40, 5)
    other: Key = ("//pkg:bench", "simulation", "a.cc::sort_some")
    found = _all({_KEY: numbers}, {_NEW_NAME: numbers, other: numbers})
    assert [one.verdict for one in found] == ["missing", "new", "new"]
    # The same name in another target goes before another name in the same one.
    found = _all({_KEY: numbers}, {_NEW_NAME: numbers, _NEW_TARGET: numbers})
    assert [(one.verdict, one.key) for one in found] == [
        ("renamed", _NEW_TARGET),
        ("new", _NEW_NAME),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_simulated(5000, 40, 5), _simulated(5001, 40, 5)),
        (_simulated(0, 0, 0), _simulated(0, 0, 0)),
        (_simulated(5000, 40, 5), Recorded(_simulated(5000, 40, 5).metrics, (), {"cpu": "x"})),
    ],
)
def test_other_numbers_are_another_benchmark(before: Recorded, after: Recorded) -> None:
    assert [one.verdict for one in _all({_KEY: before}, {_NEW_NAME: after})] == ["missing", "new"]


def test_times_are_never_paired() -> None:
    times = _times(_STEADY)
    other = ("//pkg:bench", "walltime", "a.cc::sort_all")
    assert [one.verdict for one in _all({_TIMED: times}, {other: times})] == ["missing", "new"]


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text("abc", max_size=2), st.integers(1, 3), max_size=6),
    st.dictionaries(st.text("abc", max_size=2), st.integers(1, 3), max_size=6),
)
def test_every_benchmark_is_in_just_one_change(
    before: dict[str, int], after: dict[str, int]
) -> None:
    def numbers(counts: dict[str, int]) -> dict[Key, Recorded]:
        return {("//a", "simulation", uri): _simulated(n, 0, 0) for uri, n in counts.items()}

    changes = _all(numbers(before), numbers(after))
    old = [one.renamed_from[2] if one.renamed_from else one.uri for one in changes]
    assert sorted(set(before) | set(after)) == sorted({one.uri for one in changes} | set(old))
    assert len(set(old) & set(before)) == len(before)
    for one in changes:
        if one.renamed_from:
            assert before[one.renamed_from[2]] == after[one.uri]
            assert one.uri not in before
            assert one.renamed_from[2] not in after


@pytest.mark.parametrize("after", [(3000, 40, 5), (2999, 40, 5), (9000, 0, 0), (3000, 40, 6)])
def test_the_same_inputs_are_never_slower(after: tuple[int, int, int]) -> None:
    before = _simulated(3000, 40, 5, "d1")
    change = _by_default(before, _simulated(*after, "d1"))
    if after == (3000, 40, 5):
        assert change.verdict == "unchanged"
        return
    assert (change.verdict, change.reason) == (
        "not_repeatable",
        "the same inputs gave other numbers",
    )
    assert {one.verdict for one in change.metrics} <= {"not_repeatable", "unchanged"}


def test_other_or_unknown_inputs_are_judged() -> None:
    for first, second in [("d1", "d2"), ("", ""), ("d1", ""), ("", "d1")]:
        change = _by_default(_simulated(3000, 0, 0, first), _simulated(9000, 0, 0, second))
        assert change.verdict == "regressed"


def test_a_budget_holds_for_numbers_that_do_not_repeat() -> None:
    rules = _rules({"Ir": "2%"}, {"Ir": 100})
    change = _one(_simulated(90, 0, 0, "d1"), _simulated(101, 0, 0, "d1"), rules)
    assert change.verdict == "regressed"


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "unchanged"), (1.01, "unchanged"), (1.3, "not_repeatable")]
)
def test_times_of_the_same_inputs(factor: float, verdict: Verdict) -> None:
    before = dataclasses.replace(_times(_STEADY), inputs="d1")
    after = dataclasses.replace(_times([one * factor for one in _STEADY]), inputs="d1")
    assert _one(before, after, default_rules("walltime"), _TIMED).verdict == verdict


def test_inputs_are_recorded() -> None:
    (one,) = recorded(_results(7, provenance(inputs="d1"))).values()
    assert one.inputs == "d1"


def _noisy(one: Recorded, **noise: int) -> Recorded:
    return dataclasses.replace(one, noise=noise)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({}, {}, "regressed"),
        ({"Ir": 10_000}, {"Ir": 19_999}, "regressed"),  # 30,000 more
        ({"Ir": 10_000}, {"Ir": 20_000}, "unchanged"),
        ({"Ir": 15_000}, {}, "unchanged"),  # the other side is taken to be the same
        ({}, {"Ir": 14_999}, "regressed"),
    ],
)
def test_a_change_within_the_band_is_none(
    before: dict[str, int], after: dict[str, int], verdict: Verdict
) -> None:
    old, new = _simulated(1_000_000, 0, 0), _simulated(1_030_000, 0, 0)
    rules = _rules({"Ir": "1%"})
    change = _one(_noisy(old, **before), _noisy(new, **after), rules)
    assert change.verdict == verdict
    if verdict == "unchanged":
        assert remark(change) == (
            "Ir +3.00 % gives no verdict: the layout of memory alone moves it by up to 30,000"
        )
        assert metric_text(change.metrics[0]).endswith("limit 1 %, layout ±30,000")


def test_a_band_of_misses_lets_no_cycles_decide() -> None:
    old, new = _simulated(10_000, 1000, 10), _simulated(10_000, 1300, 10)
    assert _by_default(old, new).verdict == "regressed"
    change = _by_default(old, _noisy(new, L1m=200))
    assert change.verdict == "unchanged"
    assert "L1m 1,000 -> 1,300 (limit 20 % and 64, layout ±400)" in remark(change)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_band_only_takes_verdicts_away(before: int, after: int, noise: int) -> None:
    old, new = _simulated(before, 0, 0), _simulated(after, 0, 0)
    with_band = _by_default(old, _noisy(new, Ir=noise, estimated_cycles=noise)).verdict
    assert with_band in (_by_default(old, new).verdict, "unchanged")
