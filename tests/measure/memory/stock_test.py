"""Memory of suites of stock frameworks, whose windows are found at functions of the framework."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.memory_target import Make, sizes, uploaded
from tests.measure.target import Ended, same

ODD = 'ten / "odd" (1|2) ^é/iterations:10/repeats:3'
Suite = Callable[..., Ended]

pytestmark = pytest.mark.usefixtures("stage")


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
    assert sizes(first) == {
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
        f"pkg:bench::{name}": size for name, size in sizes(first).items()
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
    assert sizes(alone)["Sort/1000"] == (4000, 4000, 1)
    assert list(sizes(alone)) == list(sizes(google(folder="together")))


def test_google_benchmark_that_is_ended(google: Suite) -> None:
    assert "was killed by SIGABRT" in google("throw").failed()
    # What was reported before has its numbers.
    ended = google("exit", folder="exits").succeeded()
    assert sizes(ended)["Fixture/Sum"] == (0, 0, 0)
    lost = {uri: how for uri, how in ended.unmeasured.items() if "left no number" in how[1]}
    assert set(lost) == {"pkg:bench::exit", "pkg:bench::Last/100"}


def test_google_benchmark_in_a_random_order(google: Suite) -> None:
    ended = google("--benchmark_enable_random_interleaving=true")
    assert "would run in a random order" in ended.failed()
