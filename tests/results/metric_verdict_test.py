"""Simulated metrics: instructions first, causes of cycles, and the noise of the layout."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.change_text import metric_text, remark
from rules_codspeed.results.changes import Recorded, Verdict
from rules_codspeed.results.limits import (
    Limits,
    Rules,
    default_limits,
    default_rules,
    parse_limits,
)
from rules_codspeed.results.modes.mode import ISOLATED
from tests.results.comparisons import (
    by_default,
    compared,
    rules_of,
    simulated,
)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((2000, 20, 3), (2000, 22, 5), "unchanged"),  # two LL misses more
        ((5000, 20, 3), (5000, 21, 4), "unchanged"),
        ((500, 20, 3), (500, 22, 3), "unchanged"),
        ((90, 0, 0), (91, 0, 0), "unchanged"),
        ((0, 0, 0), (1, 0, 0), "unchanged"),
        ((0, 0, 0), (4, 0, 0), "unchanged"),
        ((0, 0, 0), (5, 0, 0), "regressed"),
        # Real commits: eight instructions less for 128 bits, and a heap that others left otherwise.
        ((329, 28, 26), (321, 27, 26), "improved"),
        ((27_656_694, 434_981, 16_717), (27_716_616, 453_237, 18_679), "unchanged"),
        ((1_717_308_636, 33_022_375, 493_477), (1_709_938_795, 32_699_953, 374_498), "unchanged"),
        ((203, 8, 8), (203, 12, 12), "unchanged"),  # functions that begin elsewhere in their lines
        ((236, 41, 41), (236, 38, 38), "unchanged"),
        ((2000, 20, 3), (2000, 20, 12), "unchanged"),
        ((2000, 20, 3), (2000, 20, 13), "regressed"),
        ((2000, 20, 3), (2000, 20, 14), "regressed"),  # eleven LL misses
        ((2000, 20, 14), (2000, 20, 3), "improved"),
        # Code that lies elsewhere: the most that was measured of 200 and of 1,200 misses.
        ((1905, 204, 204), (1905, 214, 214), "unchanged"),
        ((118_802, 1272, 1217), (118_802, 1283, 1227), "unchanged"),
        ((1_000_000, 0, 0), (1_010_000, 0, 0), "unchanged"),
        ((1_000_000, 0, 0), (1_011_000, 0, 0), "regressed"),
        # The heap lies elsewhere: few instructions, and misses within their share.
        ((1_000_000, 4000, 400), (1_009_800, 4600, 439), "unchanged"),
        ((1_000_000, 4000, 400), (1_009_800, 9000, 400), "regressed"),
        # Fewer misses are no reason for more cycles.
        ((1_000_000, 9000, 100), (1_009_999, 4000, 1100), "regressed"),
        ((1_000_000, 9000, 4000), (1_000_000, 4000, 4390), "unchanged"),
        # Misses that cost too little are not even looked at.
        ((10**9, 20, 3), (10**9, 20, 3000), "unchanged"),
    ],
)
def test_instructions_first(
    before: tuple[int, int, int], after: tuple[int, int, int], verdict: Verdict
) -> None:
    assert by_default(simulated(*before), simulated(*after)).verdict == verdict


def test_an_unchanged_benchmark_states_the_limits_of_its_causes() -> None:
    change = by_default(simulated(236, 41, 41), simulated(236, 50, 49))
    assert remark(change) == (
        "estimated_cycles +18.75 % gives no verdict: what it sums up is within its limits: "
        "Ir 236 -> 236 (limit 1 % and 5), L1m 41 -> 50 (limit 20 % and 64), "
        "LLm 41 -> 49 (limit 10 % and 10)"
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ((203, 8, 8), (203, 12, 12), "estimated_cycles +40.63 % {} 500"),
        ((90, 0, 0), (91, 0, 0), "Ir +1.11 % {} 5"),
        ((0, 0, 0), (1, 0, 0), "Ir from 0 {} 5; estimated_cycles from 0 {} 500"),
        ((100_000, 0, 0), (100_009, 0, 0), ""),
    ],
)
def test_an_unchanged_benchmark_states_the_smallest_change_that_counts(
    before: tuple[int, int, int], after: tuple[int, int, int], words: str
) -> None:
    change = by_default(simulated(*before), simulated(*after))
    less = "gives no verdict: it is a change of less than"
    assert (change.verdict, remark(change)) == ("unchanged", words.replace("{}", less))


def test_a_verdict_by_misses_states_them() -> None:
    change = by_default(simulated(2000, 20, 3), simulated(2000, 20, 14))
    (_, cycles) = change.metrics
    assert metric_text(cycles) == (
        "2,500 -> 3,600   +44.00 %   limit 5 % and 500   by LLm 3 -> 14 (limit 10 % and 10)"
    )
    # Instructions are shown on their own.
    change = by_default(simulated(20_000, 20, 3), simulated(30_000, 20, 3))
    assert [one.verdict for one in change.metrics] == ["regressed", "regressed"]
    assert all("by" not in metric_text(one) for one in change.metrics)


def test_cycles_decide_alone_where_misses_are_not_known() -> None:
    before, after = (Recorded({"Ir": 100, "estimated_cycles": one}) for one in (5_000, 5_500))
    assert by_default(before, after).verdict == "regressed"
    after = Recorded({"Ir": 100, "estimated_cycles": 5_499})
    assert by_default(before, after).verdict == "unchanged"


@pytest.mark.parametrize("gone", [["LLm"], ["L1m", "LLm"]])
def test_cycles_do_not_decide_where_misses_are_known_on_one_side(gone: list[str]) -> None:
    old, whole = simulated(2000, 20, 3), simulated(2000, 20, 33)
    metrics = {name: value for name, value in whole.metrics.items() if name not in gone}
    new = dataclasses.replace(whole, metrics=metrics)
    for before, after in ((old, new), (new, old)):
        change = by_default(before, after)
        assert change.verdict == "unchanged"
        assert "no verdict: what it sums up was not measured on both sides: " in remark(change)
    # Instructions count all the same.
    assert by_default(new, simulated(4000, 20, 33)).verdict == "regressed"


def test_causes_have_the_limits_that_the_user_sets() -> None:
    limits = {"estimated_cycles": "1% and 0", "LLm": "5% and 2"}
    rules = Rules(parse_limits(limits, {}, "simulation"))
    change = compared(simulated(2000, 20, 3), simulated(2000, 20, 5), rules)
    assert [one.verdict for one in change.metrics] == ["regressed", "regressed"]


def _estimated(ir: int, ll: int, throughput: int | None) -> Recorded:
    """A benchmark, with cycles that Valgrind estimated unless there are none."""
    one = simulated(ir, 20, ll)
    if throughput is None:
        return one
    return dataclasses.replace(one, metrics={**one.metrics, "Ct": throughput})


@pytest.mark.parametrize(
    ("before", "after", "judged"),
    [
        # Other instructions, as many: what they cost decides.
        ((2000, 3, 200_000), (2000, 3, 210_000), {"Ir": "unchanged", "Ct": "regressed"}),
        ((2000, 3, 210_000), (2000, 3, 200_000), {"Ir": "unchanged", "Ct": "improved"}),
        # Misses are not part of it.
        ((2000, 3, 200_000), (2000, 33, 200_000), {"Ir": "unchanged", "Ct": "unchanged"}),
        # Ten cycles, and one percent.
        ((20, 3, 2_000), (20, 3, 2_999), {"Ir": "unchanged", "Ct": "unchanged"}),
        ((20, 3, 2_000), (20, 3, 3_000), {"Ir": "unchanged", "Ct": "regressed"}),
        ((2000, 3, 200_000), (2000, 3, 202_000), {"Ir": "unchanged", "Ct": "unchanged"}),
        # On one side only, or on none: the formula.
        ((2000, 3, None), (2000, 33, 1), {"Ir": "unchanged", "estimated_cycles": "regressed"}),
        ((2000, 3, 1), (2000, 33, None), {"Ir": "unchanged", "estimated_cycles": "regressed"}),
        ((2000, 3, None), (2000, 3, None), {"Ir": "unchanged", "estimated_cycles": "unchanged"}),
    ],
)
def test_cycles_of_the_simulator_decide_in_place_of_the_formula(
    before: tuple[int, int, int | None],
    after: tuple[int, int, int | None],
    judged: dict[str, Verdict],
) -> None:
    change = by_default(_estimated(*before), _estimated(*after))
    assert {one.metric: one.verdict for one in change.metrics} == judged


def test_limits_that_the_user_chose_hold_for_the_metric_that_they_name() -> None:
    before, after = _estimated(2000, 3, 200_000), _estimated(2000, 3, 210_000)
    change = compared(before, after, rules_of({"estimated_cycles": "2%"}))
    assert [one.metric for one in change.metrics] == ["estimated_cycles"]
    chosen = parse_limits({"Ct": "9%"}, {}).moves
    cycles = {"estimated_cycles": default_limits("simulation")["estimated_cycles"]}
    change = compared(before, after, Rules(Limits({**cycles, **chosen})))
    assert [(one.metric, one.verdict) for one in change.metrics] == [("Ct", "unchanged")]


def test_hundredths_are_shown_as_what_they_are() -> None:
    change = by_default(_estimated(2000, 3, 200_050), _estimated(2000, 3, 300_000))
    (cycles,) = (one for one in change.metrics if one.metric == "Ct")
    assert metric_text(cycles) == (
        "2,000.50 -> 3,000.00   +49.96 %   limit 1 % and 1,000 hundredths"
    )


_COUNTS = st.tuples(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**5))


@settings(max_examples=300, deadline=None)
@given(_COUNTS, _COUNTS)
def test_few_instructions_and_few_misses_are_never_a_verdict(
    before: tuple[int, int, int], moves: tuple[int, int, int]
) -> None:
    ir, l1, ll = before
    near = (ir + moves[0] % 5, l1 + moves[1] % 64, ll + moves[2] % 10)
    assert by_default(simulated(*before), simulated(*near)).verdict == "unchanged"
    assert by_default(simulated(*near), simulated(*before)).verdict == "unchanged"


@settings(max_examples=300, deadline=None)
@given(_COUNTS, _COUNTS)
def test_what_costs_less_in_everything_is_never_slower(
    before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    less = tuple(min(pair) for pair in zip(before, after, strict=True))
    assert by_default(simulated(*before), simulated(*less)).verdict in ("improved", "unchanged")  # type: ignore[arg-type]


def test_from_zero_has_no_percentage() -> None:
    change = by_default(simulated(0, 0, 0), simulated(50, 0, 0))
    assert change.verdict == "regressed"
    assert change.metrics[0].relative is None
    from_one = by_default(simulated(1, 0, 0), simulated(50, 0, 0))
    assert change.metrics[0].size > from_one.metrics[0].size
    assert metric_text(change.metrics[0]) == "0 -> 50   from 0   limit 1 % and 5"


def test_the_smallest_change_is_not_shown_as_none() -> None:
    change = by_default(simulated(530_156, 0, 0), simulated(530_157, 0, 0))
    assert metric_text(change.metrics[0]) == ("530,156 -> 530,157   +0.0002 %   limit 1 % and 5")
    same = by_default(simulated(530_156, 0, 0), simulated(530_156, 0, 0))
    assert "   +0.00 %   " in metric_text(same.metrics[0])


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
    old, new = simulated(1_000_000, 0, 0), simulated(1_030_000, 0, 0)
    rules = rules_of({"Ir": "1%"})
    change = compared(_noisy(old, **before), _noisy(new, **after), rules)
    assert change.verdict == verdict
    if verdict == "unchanged":
        assert remark(change) == (
            "Ir +3.00 % gives no verdict: the layout of memory alone moves it by up to 30,000"
        )
        assert metric_text(change.metrics[0]).endswith("limit 1 %, layout ±30,000")


INTERPRETED = {"interpreter": "3.11.2 (build 0123456789ab)"}


@pytest.mark.parametrize(
    ("instructions", "noise", "verdict"),
    [
        (1_035_000, {}, "unchanged"),
        (1_035_001, {}, "regressed"),
        (964_999, {}, "improved"),
        # Once it is measured, nothing is assumed.
        (1_010_001, {"Ir": 0}, "regressed"),
        (1_010_001, {"Ir": 6000}, "unchanged"),
    ],
)
def test_the_band_of_an_interpreted_program_is_assumed_until_it_is_measured(
    instructions: int, noise: dict[str, int], verdict: Verdict
) -> None:
    old, new = (
        dataclasses.replace(simulated(ir, 0, 0), conditions=INTERPRETED, noise=noise)
        for ir in (1_000_000, instructions)
    )
    assert by_default(old, new).verdict == verdict


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (1_000_000, 1_012_000, "unchanged"),
        (1_000_000, 1_012_001, "regressed"),
        (20_000, 20_700, "unchanged"),
        (20_000, 20_701, "regressed"),
        # yarl 558e4b0a is faster, and 8fad6279 another import that teaches the interpreter.
        (1_402_950, 1_368_906, "improved"),
        (310_185, 299_919, "unchanged"),
    ],
)
def test_an_isolated_benchmark_moves_by_less(before: int, after: int, verdict: Verdict) -> None:
    conditions = {**INTERPRETED, ISOLATED: "yes"}
    old, new = (
        dataclasses.replace(simulated(ir, 0, 0), conditions=conditions) for ir in (before, after)
    )
    assert by_default(old, new).verdict == verdict


@pytest.mark.parametrize(
    ("misses", "verdict"), [(1211, "unchanged"), (1500, "regressed"), (10, "improved")]
)
def test_misses_of_an_interpreted_program_have_a_band_too(misses: int, verdict: Verdict) -> None:
    # The first is a commit that changes an import of the benchmarks' file.
    old, new = (
        dataclasses.replace(simulated(*counts), conditions=INTERPRETED)
        for counts in ((587_961, 2263, 957), (602_291, 2624, misses))
    )
    assert by_default(old, new).verdict == verdict


def test_an_assumed_band_is_stated_and_no_limit_of_a_user_has_one() -> None:
    # A commit of tests alone: the interpreter learned less from other benchmarks of the process.
    old, new = (
        dataclasses.replace(simulated(ir, 1000, 900), conditions=INTERPRETED)
        for ir in (101_371, 102_875)
    )
    change = by_default(old, new)
    assert remark(change) == (
        "Ir +1.48 % gives no verdict: the layout of memory alone may move it by up to 3,547, "
        "which the setting layouts measures"
    )
    assert metric_text(change.metrics[0]).endswith("limit 1 % and 5, layout ±3,547")
    assert compared(old, new, rules_of({"Ir": "1%"})).verdict == "regressed"


def test_a_band_of_misses_lets_no_cycles_decide() -> None:
    old, new = simulated(10_000, 1000, 10), simulated(10_000, 1300, 10)
    assert by_default(old, new).verdict == "regressed"
    change = by_default(old, _noisy(new, L1m=200))
    assert change.verdict == "unchanged"
    assert "L1m 1,000 -> 1,300 (limit 20 % and 64, layout ±400)" in remark(change)


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_band_only_takes_verdicts_away(before: int, after: int, noise: int) -> None:
    old, new = simulated(before, 0, 0), simulated(after, 0, 0)
    with_band = by_default(old, _noisy(new, Ir=noise, estimated_cycles=noise)).verdict
    assert with_band in (by_default(old, new).verdict, "unchanged")


def test_a_number_that_was_next_to_zero_has_no_percentage() -> None:
    change = by_default(Recorded({"Ir": 1e-300}), Recorded({"Ir": 10**20}))
    (instructions, _) = change.metrics
    assert instructions.relative is None
    assert metric_text(instructions).endswith("   from 0   limit 1 % and 5")


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        ({}, "unchanged"),
        ({"peak": 1050}, "unchanged"),
        ({"peak": 1051}, "regressed"),
        ({"total": 10_101}, "regressed"),
        ({"total": 9_000}, "improved"),
        # One allocation more counts.
        ({"calls": 101}, "regressed"),
        ({"largest": 10**6, "live": 10**6}, "unchanged"),
    ],
)
def test_memory(after: dict[str, int], verdict: Verdict) -> None:
    before = {"peak": 1000, "total": 10_000, "calls": 100, "largest": 500, "live": 0}
    key = ("//pkg:bench", "memory", "a.cc::sort")
    change = compared(Recorded(before), Recorded({**before, **after}), default_rules("memory"), key)
    assert change.verdict == verdict


def test_memory_in_words() -> None:
    rules = rules_of({"peak": "5%"}, {"peak": "1 MiB"})
    key = ("//pkg:bench", "memory", "a.cc::sort")
    change = compared(Recorded({"peak": 1 << 20}), Recorded({"peak": 3 << 20}), rules, key)
    assert metric_text(change.metrics[0]) == (
        "1.00 MiB -> 3.00 MiB   +200.00 %   limit 5 %   budget 1.00 MiB exceeded"
    )
    # In a larger unit they would look the same.
    change = compared(Recorded({"peak": 1 << 20}), Recorded({"peak": 1048577}), rules, key)
    assert metric_text(change.metrics[0]).startswith("1,048,576 B -> 1,048,577 B   +0.000")
