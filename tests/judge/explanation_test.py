"""Which functions account for a change: only those that certainly moved."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.judge.explanation import all_movers, movers
from rules_codspeed.judge.measured import costliest


def _costs(functions: dict[str, int]) -> dict[str, dict[str, int]]:
    return {name: {"Ir": cost, "estimated_cycles": cost} for name, cost in functions.items()}


def test_functions_that_cost_the_same_are_not_blamed() -> None:
    steady = {f"steady_{n}": 3113 for n in range(16)}
    before = _costs({"hot": 60_000, **{f"less_{n}": 3500 for n in range(4)}, **steady})
    after = _costs({"hot": 78_000, **{f"less_{n}": 500 for n in range(4)}, **steady})
    kept = costliest(before)
    assert len(kept) == 10
    total = sum(one["Ir"] for one in before.values())
    assert [(one.name, one.difference) for one in movers(kept, after, "Ir", total)] == [
        ("hot", 18_000),
        ("less_0", -3000),
        ("less_1", -3000),
        ("less_2", -3000),
        ("less_3", -3000),
    ]


def test_a_new_function_grew_by_what_is_more_than_the_cheapest_kept_one() -> None:
    before = _costs({f"f{n}": 1000 - n for n in range(12)})
    after = before | _costs({"f11": 2000})
    (mover,) = movers(costliest(before), after, "Ir", 12_000)
    assert (mover.name, mover.before, mover.after, mover.is_least) == ("f11", 991, 2000, True)


def test_functions_that_another_metric_chose_are_no_measure() -> None:
    """They may be far cheaper than what is not kept."""
    before = {f"f{n}": {"Ir": 1000 - n, "LLm": 0} for n in range(12)}
    before["missing"] = {"Ir": 1, "LLm": 500}
    kept = costliest(before)
    assert kept["missing"]["Ir"] == 1
    assert movers(kept, before, "Ir", 12_000) == []


def test_a_metric_that_the_baseline_did_not_keep_blames_nobody() -> None:
    before = {name: {"Ir": 1000} for name in ("hot", "steady")}
    after = {"hot": {"Ir": 1000, "LLm": 900}, "steady": {"Ir": 1000, "LLm": 50}}
    assert movers(before, after, "LLm", 350) == []
    assert movers({}, after, "Ir", 2000) == []


_FUNCTIONS = st.dictionaries(
    st.sampled_from([f"f{n}" for n in range(30)]), st.integers(0, 5000), max_size=30
)


@settings(max_examples=300, deadline=None)
@given(_FUNCTIONS, _FUNCTIONS)
def test_whoever_is_named_did_move(old: dict[str, int], new: dict[str, int]) -> None:
    before, after = _costs(old), _costs(new)
    for mover in movers(costliest(before), after, "Ir", sum(old.values())):
        moved = new.get(mover.name, 0) - old.get(mover.name, 0)
        if mover.is_least:
            assert moved >= mover.difference > 0
        else:
            assert moved == mover.difference != 0


def test_of_all_functions_each_difference_is_exact() -> None:
    before, after = _costs({"a": 5, "gone": 30, "same": 7}), _costs({"a": 4, "new": 20, "same": 7})
    found = [(one.name, one.difference, one.is_least) for one in all_movers(before, after, "Ir")]
    assert found == [("gone", -30, False), ("new", 20, False), ("a", -1, False)]
