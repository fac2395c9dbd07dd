"""Memory of suites of stock frameworks, whose windows are found at functions of the framework."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.memory_target import Make, numbers, uploaded
from tests.measure.target import Ended, same

ODD = 'ten / "odd" (1|2) ^é/iterations:10/repeats:3'
Suite = Callable[..., Ended]

pytestmark = pytest.mark.usefixtures("stage")


def _sizes(ended: Ended) -> dict[str, tuple[int, int, int]]:
    """Peak, total and calls by name."""
    return {
        uri.removeprefix("pkg:bench::"): (one["peak"], one["total"], one["calls"])
        for uri, one in numbers(ended).items()
    }


@pytest.fixture
def google(make_memory_target: Make, google_suite: Path) -> Suite:
    """Measures the suite of tests/measure/google_benchmark.cc."""

    def run(*args: str, folder: str = "out", **changes: object) -> Ended:
        target = make_memory_target(*args, framework="auto", **changes)
        target.stage("_main/pkg/program", google_suite)
        return target.run(folder)

    return run


def test_google_benchmark(google: Suite) -> None:
    first, second = google(), google(folder="again")
    # What a benchmark does while its time is paused is not counted, nor what surrounds its loop.
    assert _sizes(first) == {
        "Sort/100": (400, 400, 1),
        "Sort/1000": (4000, 4000, 1),
        "Paused/1000": (0, 0, 0),
        "Count": (0, 0, 0),
        ODD: (0, 0, 0),
        "Count/min_time:0.001": (0, 0, 0),
        "Grow<std\\:\\:vector<int>>": (40, 40, 1),
        "Fixture/Sum": (0, 0, 0),
        "Last/100": (400, 400, 1),
    }
    found = uploaded(first)
    assert {uri: (one.peak, one.total, one.calls) for uri, one in found.items()} == {
        f"pkg:bench::{name}": sizes for name, sizes in _sizes(first).items()
    }
    assert first.unmeasured["pkg:bench::Refused"] == ("failed", "SkipWithError: no 'data'")
    assert first.unmeasured["pkg:bench::Count/threads:2"][0] == "skipped"
    assert first.provenance["framework"] == "google_benchmark"
    same(first, second)


def test_google_benchmark_isolated(google: Suite) -> None:
    filters = {
        "list_args": ["--benchmark_list_tests"],
        "filter_args": ["--benchmark_filter=^{regex}$"],
    }
    alone = google(isolate=True, **filters)
    assert _sizes(alone)["Sort/1000"] == (4000, 4000, 1)
    assert list(_sizes(alone)) == list(_sizes(google(folder="together")))


def test_google_benchmark_that_is_ended(google: Suite) -> None:
    assert "was killed by SIGABRT" in google("throw").failed()
    # What was reported before has its numbers.
    ended = google("exit", folder="exits").succeeded()
    assert _sizes(ended)["Fixture/Sum"] == (0, 0, 0)
    lost = {uri: how for uri, how in ended.unmeasured.items() if "left no number" in how[1]}
    assert set(lost) == {"pkg:bench::exit", "pkg:bench::Last/100"}


def test_google_benchmark_in_a_random_order(google: Suite) -> None:
    ended = google("--benchmark_enable_random_interleaving=true")
    assert "would run in a random order" in ended.failed()


@pytest.fixture
def criterion(make_memory_target: Make) -> Suite:
    """Measures the suite in tests/measure/rust."""
    suite = os.environ.get("CODSPEED_TEST_CRITERION")
    if not suite:
        pytest.skip("CODSPEED_TEST_CRITERION names no program (see tests/measure/rust)")

    def run(folder: str = "out", how: str = "", **changes: object) -> Ended:
        target = make_memory_target(framework="auto", env={"HOW": how}, **changes)
        target.stage("_main/pkg/program", Path(suite))
        return target.run(folder)

    return run


def test_criterion(criterion: Suite) -> None:
    first, second = criterion(), criterion("again")
    assert _sizes(first) == {
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
    assert _sizes(ended)["last"] == (0, 0, 0)
