"""Suites of JMH in memory mode: what its gc profiler counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.measure.frameworks.framework import Allocated
from rules_codspeed.measure.frameworks.java.allocations import allocated
from tests.measure.java.simulated_test import GROUP, THREW
from tests.measure.memory.conftest import libraries, make_memory_target
from tests.measure.memory.memory_target import Make, numbers
from tests.measure.target import Ended

__all__ = ["libraries", "make_memory_target"]


@pytest.fixture
def measure(make_memory_target: Make, suite: Path) -> Callable[..., Ended]:
    """Measures benchmarks of the suite's jar, recognised by itself."""

    def run(*args: str) -> Ended:
        target = make_memory_target(framework="auto", args=list(args))
        return target.stage("_main/pkg/program", suite).run()

    return run


@pytest.mark.usefixtures("stage")
def test_what_the_profiler_counts(measure: Callable[..., Ended]) -> None:
    ended = measure("fibonacci10|sort|throwing", "-p", "size=100")
    found = {uri.removeprefix(GROUP): one for uri, one in numbers(ended).items()}
    assert set(found) == {"fibonacci10", "sort[size=100]"}
    assert ended.unmeasured == {f"{GROUP}throwing": ("failed", THREW)}
    assert found["fibonacci10"] == {"total": 0}
    # 100 numbers of 4 bytes, with the header of an array.
    assert set(found["sort[size=100]"]) == {"total"}
    assert 416 <= found["sort[size=100]"]["total"] <= 420
    # Nothing that the service could take for 0 bytes.
    assert ended.profile == {}


def test_results_of_both_forms() -> None:
    for name in ("gc.alloc.rate.norm", "·gc.alloc.rate.norm"):
        metrics = {name: {"score": 1168.1, "scoreUnit": "B/op"}}
        found = {"benchmark": "a.B.c", "params": {"k": "v"}, "secondaryMetrics": metrics}
        assert list(allocated([found])) == [("a.B.c[k=v]", Allocated(1168, None))]
    metrics = {name: {"score": 1, "scoreUnit": "MB/op"}}
    with pytest.raises(ValueError, match="in MB/op"):
        list(allocated([{"benchmark": "a.B.c", "secondaryMetrics": metrics}]))
    with pytest.raises(KeyError):
        list(allocated([{"benchmark": "a.B.c", "secondaryMetrics": {}}]))
