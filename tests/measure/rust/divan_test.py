"""Suites of divan itself, not of CodSpeed's crate, under Valgrind and once for the smoke test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target, same
from tests.measure.timed.timed_target import TimedTarget

GROUP = "pkg:bench::divan_suite::"
MEASURED = {
    "plain",
    "with_args::10",
    "with_args::15",
    'odd "é" (x)|[y]::a b',
    'odd "é" (x)|[y]::c::d',
    "typed::u32",
    "typed::u64",
    "threads",
    "group::prepared",
}
CLOCK, SPECIAL = f"{GROUP}reads_the_clock", f"{GROUP}special"
IGNORED = {f"{GROUP}group::ignored": ("skipped", "it is marked `ignore`")}

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, rust_suites: dict[str, Path]) -> Make:
    """Makes targets of the suite, recognised by itself."""

    def make(*args: str, how: str = "", **changes: object) -> Target:
        changes = {"framework": "auto", "env": {"HOW": how} if how else {}, **changes}
        made = make_target(args=list(args), **changes)
        return made.stage("_main/pkg/program", rust_suites["divan_suite"])

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first, second = target().run("first").succeeded(), target().run("second").succeeded()
    numbers = first.instructions(GROUP)
    assert set(numbers) == {*MEASURED, "special"}
    clock, ignored = first.unmeasured[CLOCK], {**first.unmeasured}
    del ignored[CLOCK]
    assert ignored == IGNORED
    assert (clock[0], "Got: 804 reads of the clock" in clock[1]) == ("failed", True), clock
    assert first.provenance["framework"] == "divan"
    assert first.provenance["isolate"] is True
    same(first, second)
    # The work alone: fib(15) has some 20,000 instructions, what divan does before 88 million.
    assert 5_000 < numbers["plain"] < 30_000
    for name in ("threads", "with_args::15"):
        assert abs(numbers["plain"] - numbers[name]) < 200, name
    assert 1_000 < numbers["group::prepared"] < 20_000
    assert numbers["typed::u32"] < 500


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("panics", "(benchmark divan_suite::special) ended with exit status 101"),
        ("exits", "Got: 802 reads of the clock"),
        ("does nothing", "measured nothing when asked for it"),
    ],
)
def test_one_that_does_not_end_well(target: Make, how: str, reason: str) -> None:
    ended = target("--skip=odd|typed|with_args", how=how).run().succeeded()
    assert set(ended.instructions(GROUP)) == {"plain", "threads", "group::prepared"}
    outcome, stated = ended.unmeasured[SPECIAL]
    assert (outcome, reason in stated) == ("failed", True), stated


def test_none_selected(target: Make) -> None:
    assert "it lists no benchmark" in target("nothing-has-this-name").run().failed()


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    assert target(**smoke).run("smoke", entry="smoke.py").status == 0
    ended = target(how="panics", **smoke).run("failing", entry="smoke.py")
    assert ended.status == 1
    assert "ended with exit status 101" in ended.stderr


def test_time_is_refused(
    make_timed: Callable[..., TimedTarget], rust_suites: dict[str, Path]
) -> None:
    made = make_timed(framework="auto")
    made.stage("_main/pkg/program", rust_suites["divan_suite"])
    assert "prints statistics of its samples, but not the samples" in made.time().failed()
