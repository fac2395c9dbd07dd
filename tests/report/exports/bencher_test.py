"""Bencher Metric Format."""

from __future__ import annotations

import json
from typing import Any

from rules_codspeed.report.exports.bencher import LONGEST_NAME, bencher
from rules_codspeed.results.model import SCHEMA, Benchmark, Results


def exported(*benchmarks: Benchmark) -> Any:
    return json.loads(bencher(Results(SCHEMA, list(benchmarks), [])))


def counted(uri: str, label: str = "//pkg:bench") -> Benchmark:
    metrics = {"Ir": 1000, "Dr": 5, "L1m": 20, "LLm": 3, "estimated_cycles": 1500}
    return Benchmark(uri, label, "simulation", {**metrics})


def timed(uri: str, **metrics: float) -> Benchmark:
    return Benchmark(uri, "//pkg:bench", "walltime", {**metrics})


def test_counts_are_measures_of_their_own() -> None:
    assert exported(counted("a.cc::sort")) == {
        "a.cc::sort": {
            "instructions": {"value": 1000},
            "l1-misses": {"value": 20},
            "ll-misses": {"value": 3},
            "estimated-cycles": {"value": 1500},
        }
    }


def test_cycles_that_the_simulator_estimated_are_whole_cycles() -> None:
    one = counted("a")
    one.metrics["Ct"] = 123_450
    assert exported(one)["a"]["cycles"] == {"value": 1234.5}


def test_time_is_latency_with_its_quartiles() -> None:
    made = exported(timed("a", median_ns=10.5, q1_ns=9.0, q3_ns=12.0), timed("b", median_ns=3.0))
    assert made == {
        "a": {"latency": {"value": 10.5, "lower_value": 9.0, "upper_value": 12.0}},
        "b": {"latency": {"value": 3.0}},
    }


def test_memory() -> None:
    metrics: dict[str, int | float] = {"peak": 100, "total": 300, "calls": 3, "largest": 50}
    assert exported(Benchmark("a", "//pkg:bench", "memory", metrics)) == {
        "a": {
            "peak-memory": {"value": 100},
            "total-allocated": {"value": 300},
            "allocations": {"value": 3},
        }
    }


def test_modes_are_measures_of_one_benchmark() -> None:
    made = exported(counted("a"), timed("a", median_ns=1.5))
    assert sorted(made["a"]) == [
        "estimated-cycles", "instructions", "l1-misses", "latency", "ll-misses",
    ]  # fmt: skip


def test_equal_names_are_distinguished_by_their_targets() -> None:
    made = exported(counted("a", "//x:b"), counted("a", "//y:b"), counted("c", "//y:b"))
    assert list(made) == ["a (//x:b)", "a (//y:b)", "c"]


def test_names_are_as_long_as_bencher_takes_and_stay_different() -> None:
    made = exported(counted("a" * 3000 + "1"), counted("a" * 3000 + "2"))
    assert [len(name) for name in made] == [LONGEST_NAME] * 2
