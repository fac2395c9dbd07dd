"""Units: conversions are exact, and statistics those of Python's `statistics`."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import (
    UnitError,
    period_ns,
    rate_unit,
    time_ns,
    time_unit,
)

_TIMES = st.floats(0, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("unit", "nanoseconds"),
    [
        ("ns", 1),
        ("ns/op", 1),
        ("us / iter", 1000),
        ("\N{MICRO SIGN}s", 1000),
        ("\N{GREEK SMALL LETTER MU}s", 1000),
        ("ms", 10**6),
        ("seconds", 10**9),
        ("min/op", 60 * 10**9),
    ],
)
def test_units_of_time(unit: str, nanoseconds: int) -> None:
    assert time_unit(unit) == nanoseconds


@pytest.mark.parametrize("unit", ["", "bytes", "ops/s", "ns/op/x", "NS", "Hz", " ns"])
def test_what_is_no_unit_of_time(unit: str) -> None:
    with pytest.raises(UnitError):
        time_unit(unit)


@pytest.mark.parametrize(("unit", "nanoseconds"), [("ops/s", 10**9), ("iter/ms", 10**6)])
def test_units_of_rates(unit: str, nanoseconds: int) -> None:
    assert rate_unit(unit) == nanoseconds


@given(_TIMES, st.sampled_from([1, 10**3, 10**6, 10**9]), st.integers(1, 1 << 40))
def test_a_time_is_rounded_once(value: float, unit: int, iterations: int) -> None:
    assert time_ns(value, unit, iterations) == float(Fraction(value) * unit / iterations)


@given(st.floats(1e-6, 1e15))
def test_a_rate_is_the_reciprocal(rate: float) -> None:
    assert period_ns(rate, 10**9) == float(Fraction(10**9) / Fraction(rate))


@given(st.lists(st.lists(_TIMES, min_size=1, max_size=9), min_size=1, max_size=4))
def test_statistics_are_in_order(processes: list[list[float]]) -> None:
    found = metrics_of(processes)
    times = [time for process in processes for time in process]
    assert found["rounds"] == len(times)
    assert min(times) <= found["median_ns"] <= max(times)
    assert found.get("processes", 1) == len(processes)
    if len(times) > 1:
        ordered = [found[name] for name in ("min_ns", "q1_ns", "median_ns", "q3_ns", "max_ns")]
        assert ordered == pytest.approx(sorted(ordered))
        assert found["stdev_ns"] >= 0
    else:
        assert "stdev_ns" not in found


@given(st.permutations([1.0, 2.0, 3.5, 8.0, 9.0]))
def test_statistics_do_not_depend_on_the_order(times: list[float]) -> None:
    assert metrics_of([times]) == metrics_of([sorted(times)])
