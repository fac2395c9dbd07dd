"""Limits and budgets as people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.limits import (
    Limit,
    Limits,
    Rules,
    default_limits,
    default_rules,
    parse_limit,
    parse_limits,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2%", Limit(Fraction(1, 50), 7)),
        ("0.5 %", Limit(Fraction(1, 200), 7)),
        (" 0% ", Limit(Fraction(0), 7)),
        ("2% and 64", Limit(Fraction(1, 50), 64)),
        ("0% and 0", Limit(Fraction(0))),
        (0, Limit(Fraction(0), 7)),
    ],
)
def test_limit(text: str | int, value: Limit) -> None:
    assert parse_limit("Ir", text, 7) == value


def test_a_limit_is_passed_in_both_parts() -> None:
    limit = Limit(Fraction(1, 100), 64)
    assert str(limit) == "1 % and 64"
    assert str(Limit(Fraction(1, 200))) == "0.5 %"
    assert not limit.passed(100, 163)  # 63 %, but 63
    assert limit.passed(100, 164)
    assert limit.passed(164, 100)
    assert not limit.passed(10_000, 10_100)  # 100, but 1 %
    assert limit.passed(10_000, 10_101)
    assert not limit.passed(0, 63)
    assert limit.passed(0, 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "-2%",
        "two%",
        "1e3%",
        "2%%",
        "nan%",
        2,
        "2% and",
        "2% and -1",
        "64 and 2%",
        "2% and 1.5",
    ],
)
def test_no_percent(text: Any) -> None:
    with pytest.raises(CodSpeedError, match=r"the limit of Ir is not a percentage\. Got: .* Fix: "):
        parse_limit("Ir", text)


@pytest.mark.parametrize("most", [-1, True, 1.5, "12"])
def test_no_budget(most: Any) -> None:
    with pytest.raises(CodSpeedError, match=r"the budget of Ir is not a number\. Got: "):
        parse_limits({}, {"Ir": most})


def test_sizes_are_budgets_of_metrics_in_bytes() -> None:
    limits = parse_limits(
        {"peak": "64 MiB", "total": "1%", "calls": 0}, {"largest": "1.5KiB", "live": 12}, "memory"
    )
    assert limits.budget == {"peak": 64 << 20, "largest": 1536, "live": 12}
    assert limits.moves == {"total": Limit(Fraction(1, 100)), "calls": Limit(Fraction(0))}
    with pytest.raises(CodSpeedError, match="the limit of calls is not a percentage"):
        parse_limits({"calls": "64 MiB"}, {}, "memory")
    with pytest.raises(CodSpeedError, match=r"the budget of peak is not a size\. Got: '64 MB'"):
        parse_limits({}, {"peak": "64 MB"}, "memory")


def test_the_last_pattern_that_fits_decides_on_its_metrics() -> None:
    rules = Rules(
        parse_limits({"Ir": "1%", "LLm": "5%"}, {}),
        {
            "*::sort*": parse_limits({"Ir": "2%"}, {"Ir": 100}),
            "*::sort[[]big]": parse_limits({"Ir": "3%"}, {}),
        },
    )
    assert rules.of("a.cc::find") == rules.common
    one_percent = Fraction(1, 100)
    assert rules.of("a.cc::sort").moves == {
        "Ir": Limit(2 * one_percent),
        "LLm": Limit(5 * one_percent),
    }
    assert rules.of("a.cc::sort[big]") == Limits(
        {"Ir": Limit(3 * one_percent), "LLm": Limit(5 * one_percent)}, {"Ir": 100}
    )


def test_the_budget_of_an_override_replaces_the_common_one() -> None:
    overrides = {"a*": Limits({}, {"Ir": 7}), "*b": Limits({}, {"Ir": 9, "Dr": 1})}
    rules = Rules(Limits({}, {"Ir": 5}), overrides)
    assert rules.of("c").budget == {"Ir": 5}
    assert rules.of("a").budget == {"Ir": 7}
    assert rules.of("ab").budget == {"Ir": 9, "Dr": 1}


def test_defaults_judge_something_in_every_mode() -> None:
    assert default_rules("simulation").of("any").moves == {
        "Ir": Limit(Fraction(1, 100), 5, unmeasured=Fraction(35, 1000), isolated=12_000),
        "estimated_cycles": Limit(Fraction(5, 100), 500, unmeasured=Fraction(10, 100)),
    }
    assert default_rules("walltime").of("any").moves == {"median_ns": Limit(Fraction(1, 20), 1)}


def test_misses_have_limits_as_causes() -> None:
    known = default_limits("simulation")
    assert {metric: known[metric].floor for metric in ("L1m", "LLm")} == {"L1m": 64, "LLm": 10}


def test_a_limit_without_a_floor_has_that_of_its_metric() -> None:
    limits = parse_limits({"LLm": "5%", "Ir": "2% and 0", "Bc": "1%"}, {}, "simulation")
    assert {metric: one.floor for metric, one in limits.moves.items()} == {
        "LLm": 10,
        "Ir": 0,
        "Bc": 0,
    }
