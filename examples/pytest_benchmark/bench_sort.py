"""Benchmarks for pytest-benchmark: nothing in them knows of CodSpeed."""

import random

import pytest


def numbers(count):
    """Returns as many numbers in a fixed disorder."""
    return random.Random(1).sample(range(count), count)


@pytest.mark.parametrize("count", [100, 1000])
@pytest.mark.benchmark(group="sort", min_rounds=20, disable_gc=True)
def test_sorted(benchmark, count):
    """Sorts by a key."""
    assert benchmark(sorted, numbers(count), key=abs)[0] == 0
    benchmark.extra_info["count"] = count


def test_sort_in_place(benchmark):
    """Each round sorts a list of its own: what is sorted already takes less."""

    def setup():
        return (numbers(1000),), {}

    benchmark.pedantic(list.sort, setup=setup, rounds=50)


@pytest.mark.skip(reason="too slow for each commit")
def test_sorted_million(benchmark):
    """Is not measured."""
    benchmark(sorted, numbers(1_000_000))
