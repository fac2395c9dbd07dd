"""Statistics of rounds: the vectors (spec: walltime 6.3), and independent code as oracle."""

from __future__ import annotations

import itertools
import math
import statistics

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest_codspeed.instruments.walltime import BenchmarkStats

from rules_codspeed.measure.walltime.rounds.round_statistics import (
    CPP,
    EXEC_HARNESS,
    GO,
    NODE,
    PYTEST,
    RUST,
    Method,
    Statistics,
    statistics_of,
    times_by_iteration,
)

METHODS = {
    "exec": EXEC_HARNESS,
    "pytest": PYTEST,
    "cpp": CPP,
    "rust": RUST,
    "go": GO,
    "node": NODE,
}
SKEWED = [6000, 3000, 1000, 2000, 4000]
OUTLIER = [100, 110, 120, 130, 140, 500]
MEAN, SAMPLE = 1100 / 6, 155.7776192739723


def ones(times: list[int], method: Method) -> Statistics:
    return statistics_of(method, times, [1] * len(times))


@pytest.mark.parametrize(
    ("times", "name", "expected"),
    [
        # q1, median, q3, mean, stdev, outliers by quartiles and by deviations
        ([42], "exec", (42, 42, 42, 42, 0, 0, 0)),
        ([42], "pytest", (42, 42, 42, 42, 0, 0, 0)),
        ([42], "cpp", (42, 42, 42, 42, 0, 0, 0)),
        ([42], "rust", (42, 42, 42, 42, 0, 0, 0)),
        ([200, 100], "exec", (125, 150, 175, 150, 70.71067811865476, 0, 0)),
        ([200, 100], "pytest", (75, 150, 225, 150, 70.71067811865476, 0, 0)),
        ([100, 200, 300, 400, 600], "exec", (150, 300, 500, 320, 192.35384061671346, 0, 0)),
        ([100, 200, 300, 400, 600], "pytest", (150, 300, 500, 320, 192.35384061671346, 0, 0)),
        (OUTLIER, "exec", (107.5, 125, 230, MEAN, SAMPLE, 1, 1)),
        (OUTLIER, "pytest", (107.5, 125, 230, MEAN, SAMPLE, 1, 0)),
        (OUTLIER, "cpp", (112.5, 125, 137.5, MEAN, 142.20486005134362, 1, 0)),
        (OUTLIER, "node", (112.5, 125, 137.5, MEAN, SAMPLE, 1, 0)),
        (OUTLIER, "rust", (109 + 1 / 6, 125, 170, MEAN, SAMPLE, 1, 0)),
        (OUTLIER, "go", (109 + 1 / 6, 125, 170, MEAN, SAMPLE, 1, 0)),
        ([1] * 16 + [50], "exec", (1, 1, 1, 3.8823529411764706, 11.884245626780316, 1, 1)),
        (list(range(10, 90, 10)), "exec", (22.5, 45, 67.5, 45, 24.49489742783178, 0, 0)),
        (list(range(10, 90, 10)), "pytest", (22.5, 45, 67.5, 45, 24.49489742783178, 0, 0)),
        (list(range(10, 100, 10)), "exec", (25, 50, 75, 50, 27.386127875258307, 0, 0)),
    ],
)
def test_vectors(times: list[int], name: str, expected: tuple[float, ...]) -> None:
    found = ones(times, METHODS[name])
    numbers = (found.q1_ns, found.median_ns, found.q3_ns, found.mean_ns, found.stdev_ns)
    assert numbers == pytest.approx(expected[:5], rel=1e-14)
    assert (found.iqr_outlier_rounds, found.stdev_outlier_rounds) == expected[5:]
    assert (found.min_ns, found.max_ns) == (min(times), max(times))


@pytest.mark.parametrize("name", ["exec", "pytest"])
def test_iterations(name: str) -> None:
    """The example with ten iterations a round."""
    found = statistics_of(METHODS[name], SKEWED, [10] * 5, warmup_iters=12)
    assert found == Statistics(
        min_ns=100,
        max_ns=600,
        mean_ns=320,
        stdev_ns=192.35384061671346,
        q1_ns=150,
        median_ns=300,
        q3_ns=500,
        rounds=5,
        total_time=0.000016,
        iqr_outlier_rounds=0,
        stdev_outlier_rounds=0,
        iter_per_round=10,
        warmup_iters=12,
    )


@pytest.mark.parametrize("name", METHODS)
def test_no_rounds(name: str) -> None:
    assert statistics_of(METHODS[name], [], []) == Statistics()
    assert set(Statistics()) == {0}


def test_iterations_that_differ() -> None:
    times, counts = [100, 201, 305], [1, 2, 3]
    assert times_by_iteration(RUST, times, counts) == [100, 100, 101]
    assert times_by_iteration(CPP, times, counts) == [100, 100.5, 305 / 3]
    assert statistics_of(RUST, times, counts).iter_per_round == 2
    assert statistics_of(RUST, [10, 10], [1, 2]).iter_per_round == 1
    assert statistics_of(RUST, times, counts).total_time == 606e-9


@pytest.mark.parametrize("name", METHODS)
def test_as_many_times_as_iterations(name: str) -> None:
    with pytest.raises(ValueError, match="zip"):
        statistics_of(METHODS[name], [1, 2], [1])


TIMES = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)


@given(TIMES, st.integers(1, 1000))
@example([322_693_912_235] * 3, 13)
@settings(max_examples=300)
def test_as_pytest_codspeed(times: list[int], iterations: int) -> None:
    found = statistics_of(PYTEST, times, [iterations] * len(times), warmup_iters=3)
    oracle = BenchmarkStats.from_list(
        [float(time) for time in times],
        rounds=len(times),
        iter_per_round=iterations,
        warmup_iters=3,
        total_time=found.total_time,
    )
    for name in Statistics._fields:
        assert getattr(found, name) == getattr(oracle, name), name


@given(st.lists(st.integers(0, 10**9), min_size=3, max_size=60))
@settings(max_examples=200)
def test_exclusive_and_inclusive_as_python(times: list[int]) -> None:
    exclusive = statistics.quantiles(times, n=4, method="exclusive")
    inclusive = statistics.quantiles(times, n=4, method="inclusive")
    for name, oracle in (("exec", exclusive), ("node", inclusive), ("cpp", inclusive)):
        found = ones(times, METHODS[name])
        assert [found.q1_ns, found.median_ns, found.q3_ns] == pytest.approx(oracle)
        assert found.mean_ns == pytest.approx(statistics.mean(times))
        deviation = statistics.pstdev if name == "cpp" else statistics.stdev
        assert found.stdev_ns == pytest.approx(deviation(times))


@given(TIMES)
@settings(max_examples=200)
def test_order_and_bounds(times: list[int]) -> None:
    for method in (EXEC_HARNESS, CPP, RUST, NODE):
        found = ones(times, method)
        quartiles = [found.min_ns, found.q1_ns, found.median_ns, found.q3_ns, found.max_ns]
        for low, high in itertools.pairwise(quartiles):
            assert low <= high or math.isclose(low, high)
        assert ones(sorted(times, reverse=True), method) == found
