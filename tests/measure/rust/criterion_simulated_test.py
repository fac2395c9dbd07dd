"""Suites of criterion itself, not of CodSpeed's crate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target, same

MEASURED = [
    "sort one",
    'sizes "odd" é/sum/of/10',
    'sizes "odd" é/sum/of/1000',
    "prepared\\:\\:sum",
    "custom",
    "last",
]
GROUP = "pkg:bench::"
CLOCK = "pkg:bench::reads the clock"

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, rust_suites: dict[str, Path]) -> Make:
    """Makes targets of the suite, recognised by itself."""

    suite = rust_suites["criterion_suite"]

    def make(*args: str, how: str = "", **changes: object) -> Target:
        changes = {"framework": "auto", "env": {"HOW": how}, **changes}
        return make_target(args=list(args), **changes).stage("_main/pkg/program", suite)

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first, second = target().run("first").succeeded(), target().run("second").succeeded()
    numbers = first.instructions(GROUP)
    assert list(numbers) == MEASURED
    ((uri, (outcome, reason)),) = first.unmeasured.items()
    assert (uri, outcome) == (CLOCK, "failed")
    assert "Got: 5 reads of the clock" in reason
    assert first.provenance["framework"] == "criterion"
    assert first.provenance["isolate"] is True
    same(first, second)
    # The work alone, without what prepares it.
    assert 1000 < numbers["custom"] < 20_000
    assert abs(numbers["custom"] - numbers['sizes "odd" é/sum/of/1000']) < 1000
    assert abs(numbers["custom"] - numbers["prepared\\:\\:sum"]) < 3000
    assert numbers["last"] < 500


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("panics", "(benchmark panics) ended with exit status 101"),
        ("exits", "measured nothing when asked for it"),
        ("does nothing", "(benchmark does nothing) ended with exit status 101"),
    ],
)
def test_one_that_does_not_end_well(target: Make, how: str, reason: str) -> None:
    ended = target(how=how).run().succeeded()
    assert list(ended.instructions(GROUP)) == MEASURED
    assert set(ended.unmeasured) == {CLOCK, GROUP + how}
    outcome, stated = ended.unmeasured[GROUP + how]
    assert (outcome, reason in stated) == ("failed", True), stated


def test_a_name_that_the_list_cuts(target: Make) -> None:
    ended = target(how="long (name)" * 10).run().succeeded()
    listed = ("long (name)" * 10)[:100] + "..."
    assert list(ended.instructions(GROUP)) == [*MEASURED[:-1], listed, MEASURED[-1]]
    assert set(ended.unmeasured) == {CLOCK}


def test_none_selected(target: Make) -> None:
    assert "it lists no benchmark" in target("nothing-has-this-name").run().failed()


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    assert target(**smoke).run("smoke", entry="smoke.py").status == 0
    ended = target(how="panics", **smoke).run("failing", entry="smoke.py")
    assert ended.status == 1
    assert "ended with exit status 101" in ended.stderr
