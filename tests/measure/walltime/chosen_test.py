"""The run that is kept."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.walltime.chosen import lower_median


def run(**medians: float) -> dict[str, dict[str, float]]:
    return {uri: {"median_ns": median} for uri, median in medians.items()}


def test_middle_of_three() -> None:
    assert lower_median([run(a=5), run(a=1), run(a=3)]) == 2


def test_lower_one_of_two_in_the_middle() -> None:
    assert lower_median([run(a=4), run(a=3), run(a=2), run(a=1)]) == 2
    assert lower_median([run(a=2), run(a=1)]) == 1


def test_benchmarks_weigh_alike_whatever_they_take() -> None:
    slow = run(short=4, long=1000)
    middle = run(short=1, long=2000)
    fast = run(short=1, long=1000)
    assert lower_median([slow, middle, fast]) == 1


def test_only_what_all_have_is_compared() -> None:
    assert lower_median([run(a=1, b=9e9), run(a=2), run(a=3)]) == 1
    assert lower_median([run(a=1), run(b=2), run(c=3)]) == 1  # nothing in common: the order


def test_no_time_at_all() -> None:
    assert lower_median([run(a=0), run(a=0), run(a=1)]) == 1
    assert lower_median([run()]) == 0


@settings(max_examples=100)
@given(st.lists(st.floats(0.001, 1e12), min_size=1, max_size=9))
def test_any_times(medians: list[float]) -> None:
    chosen = lower_median([run(a=median) for median in medians])
    assert medians[chosen] == sorted(medians)[(len(medians) - 1) // 2]
