"""Suites of Go in memory mode: what Go's runtime itself counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.go.simulated_test import GROUP, MEASURED, SKIPPED
from tests.measure.memory.conftest import libraries, make_memory_target
from tests.measure.memory.memory_target import Make, numbers
from tests.measure.target import Ended

__all__ = ["libraries", "make_memory_target"]

pytestmark = pytest.mark.usefixtures("stage")


@pytest.fixture
def measure(make_memory_target: Make, suite: Path) -> Callable[..., Ended]:
    """Measures the suite, recognised by itself."""

    def run(folder: str = "out", how: str = "") -> Ended:
        target = make_memory_target(framework="auto", env={"HOW": how} if how else {})
        return target.stage("_main/pkg/program", suite).run(folder)

    return run


def test_what_the_runtime_counts(measure: Callable[..., Ended]) -> None:
    first, second = measure(), measure("second")
    found = {uri.removeprefix(GROUP): one for uri, one in numbers(first).items()}
    assert sorted(found) == sorted(MEASURED)
    assert first.unmeasured == SKIPPED
    assert first.provenance["clock"] == "logical"
    # No peak, which it does not know.
    assert found["Loop"] == {"total": 0, "calls": 0}
    # The 99 texts that are not empty have 4,950 bytes, and the map more.
    maps = found["Maps"]
    assert set(maps) == {"total", "calls", "average"}
    assert 99 <= maps["calls"] < 200
    assert 4950 < maps["total"] < 50_000
    assert numbers(second) == numbers(first)
    # Nothing that the service could take for 0 bytes.
    assert first.profile == {}


@pytest.mark.parametrize("how", ["panic", "exits", "ends", "fatal"])
def test_what_does_not_end_well_has_no_number(measure: Callable[..., Ended], how: str) -> None:
    ended = measure(how=how)
    assert f"{GROUP}Bad" not in numbers(ended)
    assert ended.unmeasured[f"{GROUP}Bad"][0] == "failed"
    assert f"{GROUP}Last" in numbers(ended)
