"""Suites of criterion itself in memory mode, where those of divan are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.conftest import libraries, make_memory_target
from tests.measure.memory.memory_target import Make, sizes, uploaded
from tests.measure.target import Ended, same

__all__ = ["libraries", "make_memory_target"]

Suite = Callable[..., Ended]

pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def criterion(make_memory_target: Make, rust_suites: dict[str, Path]) -> Suite:
    """Measures the suite of criterion."""

    def run(folder: str = "out", how: str = "", **changes: object) -> Ended:
        target = make_memory_target(framework="auto", env={"HOW": how}, **changes)
        target.stage("_main/pkg/program", rust_suites["criterion_suite"])
        return target.run(folder)

    return run


def test_criterion(criterion: Suite) -> None:
    first, second = criterion(), criterion("again")
    assert sizes(first) == {
        "sort one": (400, 400, 1),
        'sizes "odd" é/sum/of/10': (0, 0, 0),
        'sizes "odd" é/sum/of/1000': (0, 0, 0),
        # What prepares it is not counted.
        "prepared\\:\\:sum": (0, 0, 0),
        "custom": (0, 0, 0),
        "last": (0, 0, 0),
    }
    assert uploaded(first)["pkg:bench::sort one"].total == 400
    assert "Got: 5 reads of the clock" in first.unmeasured["pkg:bench::reads the clock"][1]
    same(first, second)


@pytest.mark.parametrize("how", ["panics", "exits"])
def test_criterion_that_is_ended(criterion: Suite, how: str) -> None:
    ended = criterion(how=how)
    assert ended.unmeasured[f"pkg:bench::{how}"][0] == "failed"
    assert sizes(ended)["last"] == (0, 0, 0)


def test_divan_is_refused(make_memory_target: Make, rust_suites: dict[str, Path]) -> None:
    target = make_memory_target(framework="auto")
    ended = target.stage("_main/pkg/program", rust_suites["divan_suite"]).run()
    assert "divan itself, which does not report where a benchmark starts" in ended.failed()
