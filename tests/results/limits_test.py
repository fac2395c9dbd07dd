"""Limits and budgets as people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.limits import Limits, Rules, default_rules, parse_limits, parse_percent


@pytest.mark.parametrize(
    ("text", "value"),
    [("2%", Fraction(1, 50)), ("0.5 %", Fraction(1, 200)), (" 0% ", Fraction(0))],
)
def test_percent(text: str, value: Fraction) -> None:
    assert parse_percent("Ir", text) == value


@pytest.mark.parametrize("text", ["", "2", "-2%", "two%", "1e3%", "2%%", "nan%", 2])
def test_no_percent(text: Any) -> None:
    with pytest.raises(CodSpeedError, match=r"the limit of Ir is not a percentage\. Got: .* Fix: "):
        parse_percent("Ir", text)


@pytest.mark.parametrize("most", [-1, True, 1.5, "12"])
def test_no_budget(most: Any) -> None:
    with pytest.raises(CodSpeedError, match=r"the budget of Ir is not a number\. Got: "):
        parse_limits({}, {"Ir": most})


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
    assert rules.of("a.cc::sort").relative == {"Ir": 2 * one_percent, "LLm": 5 * one_percent}
    assert rules.of("a.cc::sort[big]") == Limits(
        {"Ir": 3 * one_percent, "LLm": 5 * one_percent}, {"Ir": 100}
    )


def test_defaults_judge_something_in_every_mode() -> None:
    assert default_rules("simulation").of("any").relative == {
        "Ir": Fraction(1, 100),
        "estimated_cycles": Fraction(1, 100),
    }
    assert default_rules("walltime").of("any").relative == {"median_ns": Fraction(1, 20)}
