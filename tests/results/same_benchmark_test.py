"""The same benchmark: under another name, and with the same inputs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.changes import Change, Key, Recorded, Verdict
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.results.comparisons import (
    KEY,
    STEADY,
    TIMED,
    by_default,
    compared,
    rules_of,
    simulated,
    times_of,
)
from tests.results.provenance import provenance

_NEW_NAME: Key = ("//pkg:bench", "simulation", "a.cc::sort_all")
_NEW_TARGET: Key = ("//other:bench", "simulation", "a.cc::sort")


def _all(before: Mapping[Key, Recorded], after: Mapping[Key, Recorded]) -> list[Change]:
    return compare(before, after, lambda label, mode: default_rules(mode))


def test_another_name_is_one_change() -> None:
    numbers = simulated(5000, 40, 5)
    (change,) = _all({KEY: numbers}, {_NEW_NAME: numbers})
    assert (change.verdict, change.key, change.renamed_from) == ("renamed", _NEW_NAME, KEY)
    assert change.reason == "it was a.cc::sort before"
    (change,) = _all({KEY: numbers}, {_NEW_TARGET: numbers})
    assert (change.verdict, change.reason) == ("renamed", "it was //pkg:bench before")
    # The length of a name moves misses.
    (change,) = _all({KEY: numbers}, {_NEW_NAME: simulated(5000, 45, 7)})
    assert change.verdict == "renamed"


def test_names_are_paired_only_where_there_is_no_choice() -> None:
    numbers = simulated(5000, 40, 5)
    other: Key = ("//pkg:bench", "simulation", "a.cc::sort_some")
    found = _all({KEY: numbers}, {_NEW_NAME: numbers, other: numbers})
    assert [one.verdict for one in found] == ["missing", "new", "new"]
    # The same name in another target goes before another name in the same one.
    found = _all({KEY: numbers}, {_NEW_NAME: numbers, _NEW_TARGET: numbers})
    assert [(one.verdict, one.key) for one in found] == [
        ("renamed", _NEW_TARGET),
        ("new", _NEW_NAME),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (simulated(5000, 40, 5), simulated(5001, 40, 5)),
        (simulated(0, 0, 0), simulated(0, 0, 0)),
        (simulated(5000, 40, 5), Recorded(simulated(5000, 40, 5).metrics, (), {"cpu": "x"})),
    ],
)
def test_other_numbers_are_another_benchmark(before: Recorded, after: Recorded) -> None:
    assert [one.verdict for one in _all({KEY: before}, {_NEW_NAME: after})] == ["missing", "new"]


def test_times_are_never_paired() -> None:
    times = times_of(STEADY)
    other = ("//pkg:bench", "walltime", "a.cc::sort_all")
    assert [one.verdict for one in _all({TIMED: times}, {other: times})] == ["missing", "new"]


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.text("abc", max_size=2), st.integers(1, 3), max_size=6),
    st.dictionaries(st.text("abc", max_size=2), st.integers(1, 3), max_size=6),
)
def test_every_benchmark_is_in_just_one_change(
    before: dict[str, int], after: dict[str, int]
) -> None:
    def numbers(counts: dict[str, int]) -> dict[Key, Recorded]:
        return {("//a", "simulation", uri): simulated(n, 0, 0) for uri, n in counts.items()}

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
    before = simulated(3000, 40, 5, "d1")
    change = by_default(before, simulated(*after, "d1"))
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
        change = by_default(simulated(3000, 0, 0, first), simulated(9000, 0, 0, second))
        assert change.verdict == "regressed"


def test_a_budget_holds_for_numbers_that_do_not_repeat() -> None:
    rules = rules_of({"Ir": "2%"}, {"Ir": 100})
    change = compared(simulated(90, 0, 0, "d1"), simulated(101, 0, 0, "d1"), rules)
    assert change.verdict == "regressed"


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "unchanged"), (1.01, "unchanged"), (1.3, "not_repeatable")]
)
def test_times_of_the_same_inputs(factor: float, verdict: Verdict) -> None:
    before = dataclasses.replace(times_of(STEADY), inputs="d1")
    after = dataclasses.replace(times_of([one * factor for one in STEADY]), inputs="d1")
    assert compared(before, after, default_rules("walltime"), TIMED).verdict == verdict


def test_inputs_are_recorded() -> None:
    how = provenance(inputs="d1")
    results = Results(SCHEMA, [Benchmark("a.cc::sort", how.label, how.mode, {"Ir": 7})], [how])
    (one,) = recorded(results).values()
    assert one.inputs == "d1"
