"""Columns of numbers: which exist, their texts, and that unmeasured numbers are not shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.model import Benchmark
from rules_codspeed.results.modes.columns import Column
from rules_codspeed.results.modes.registry import columns
from rules_codspeed.results.size_text import parse_size, plain_size_text
from rules_codspeed.results.time_text import time_text

TIMED: dict[str, int | float] = {
    "median_ns": 1234.5,
    "mean_ns": 2000.0,
    "stdev_ns": 25.0,
    "rounds": 12345,
    "iterations": 7,
    "iqr_outliers": 12,
    "stdev_outliers": 3,
}


def shown(mode: str, *metrics: dict[str, int | float]) -> dict[str, list[str]]:
    benchmarks = [Benchmark(str(number), "//:x", mode, one) for number, one in enumerate(metrics)]
    return {one.title: one.cells for one in columns(mode, benchmarks)}


def test_counts_have_totals() -> None:
    benchmarks = [
        Benchmark("a", "//:x", "simulation", {"Ir": 1000, "estimated_cycles": 2000}),
        Benchmark("b", "//:x", "simulation", {"Ir": 500}),
    ]
    assert columns("simulation", benchmarks) == [
        Column("Instructions", "Instructions", ["1,000", "500"], "1,500"),
        Column("Estimated cycles", "Est. cycles", ["2,000", "-"], "2,000"),
    ]


def test_cycles_of_the_simulator_replace_ours_where_all_have_them() -> None:
    counted: dict[str, int | float] = {"Ir": 3, "estimated_cycles": 2000, "Ct": 123450, "Cl": 9}
    assert shown("simulation", counted) == {
        "Instructions": ["3"],
        "Cycles (throughput)": ["1,235"],
    }
    assert shown("simulation", counted, {"Ir": 5, "estimated_cycles": 7}) == {
        "Instructions": ["3", "5"],
        "Estimated cycles": ["2,000", "7"],
        "Cycles (throughput)": ["1,235", "-"],
    }


def test_times() -> None:
    benchmarks = [Benchmark("a", "//:x", "walltime", TIMED)]
    assert columns("walltime", benchmarks) == [
        Column("Median", "Median", ["1.23 µs"]),
        Column("Mean", "Mean", ["2.00 µs"]),
        Column("Std dev", "Std dev", ["25.00 ns (1.2%)"]),
        Column("Rounds", "Rounds", ["12,345"]),
        Column("Iterations", "Iterations", ["7"]),
        Column("Outliers (IQR/std dev)", "Outliers", ["12/3"]),
    ]


def test_sizes() -> None:
    some = {"peak": 800, "total": 5 << 20, "calls": 1234, "largest": 1536, "live": 0}
    assert shown("memory", {**some, "average": 64}, {**some, "peak": 1 << 30}) == {
        "Peak": ["800    B  ", "1.00 GiB"],
        "Total": ["5.00 MiB"] * 2,
        "Allocations": ["1,234"] * 2,
        "Average": ["64    B  ", "-"],
        "Largest": ["1.50 KiB"] * 2,
        "Not freed": ["0    B  "] * 2,
    }


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1,023 B"), (1024, "1.00 KiB"), ((1 << 20) - 1, "1.00 MiB")],
)
def test_size_in_a_sentence(size: int, text: str) -> None:
    assert plain_size_text(size) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("64 MiB", 64 << 20), ("1.5KiB", 1536), (" 12 B ", 12), ("64 MB", None), ("64", None)],
)
def test_size_that_is_written(text: str, size: int | None) -> None:
    assert parse_size(text) == size


def test_processes_only_where_there_are_several() -> None:
    several = TIMED | {"processes": 10, "between_processes_ns": 123.45}
    assert shown("walltime", TIMED, several)["Processes"] == ["-", "10 (10.0%)"]
    assert "Processes" not in shown("walltime", TIMED)


def test_parts_of_a_cell_are_below_each_other() -> None:
    cells = shown("walltime", TIMED, TIMED | {"stdev_ns": 2e9}, TIMED | {"mean_ns": 0.0})["Std dev"]
    assert cells == [
        "25.00 ns         (1.2%)",
        "2.00 s  (100000000.0%)",
        "25.00 ns               ",
    ]


def test_what_was_not_measured_is_not_shown() -> None:
    assert shown("walltime", {"median_ns": 1.0}, {}) == {"Median": ["1.00 ns", "-"]}
    assert shown("walltime", {"iqr_outliers": 1}) == {"Outliers (IQR/std dev)": ["1/-"]}
    assert shown("walltime", {"stdev_ns": 1.0}) == {"Std dev": ["1.00 ns "]}
    assert shown("walltime", {}) == shown("simulation", {}) == shown("heap", {}) == {}


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0.00 ns"),
        (0.3, "0.30 ns"),
        (999.99, "999.99 ns"),
        (999.996, "1.00 µs"),
        (1000, "1.00 µs"),
        (999_994, "999.99 µs"),
        (999_996, "1.00 ms"),
        (12_345_678, "12.35 ms"),
        (999_996_000, "1.00 s "),
        (1.5e9, "1.50 s "),
        (4.2e12, "4,200.00 s "),
    ],
)
def test_time_text(nanoseconds: float, text: str) -> None:
    assert time_text(nanoseconds) == text


@settings(max_examples=200)
@given(st.floats(0, 1e18) | st.integers(0, 10**18))
def test_any_time_is_short_and_close(nanoseconds: float) -> None:
    text = time_text(nanoseconds)
    found = re.fullmatch(r"([0-9,]+\.[0-9]{2}) (ns|µs|ms|s )", text)
    assert found
    number = float(found[1].replace(",", ""))
    size = {"ns": 1, "µs": 1e3, "ms": 1e6, "s ": 1e9}[found[2]]
    assert number * size == pytest.approx(nanoseconds, rel=0.006, abs=0.006)
    assert number < 1000 or found[2] == "s "


def test_the_noise_of_the_layout_is_a_column_where_it_was_measured() -> None:
    benchmarks = [
        Benchmark("a", "//:x", "simulation", {"Ir": 1000}, noise={"Ir": 25}),
        Benchmark("b", "//:x", "simulation", {"Ir": 1000}),
    ]
    shown = {one.title: one.cells for one in columns("simulation", benchmarks)}
    assert list(shown) == ["Instructions", "By layout"]
    assert shown["By layout"] == ["±2.50%", "-"]
    assert [one.title for one in columns("simulation", benchmarks[1:])] == ["Instructions"]


def test_the_noise_of_what_costs_nothing_or_was_not_counted_has_no_share() -> None:
    benchmarks = [
        Benchmark("a", "//:x", "simulation", {"Ir": 0, "LLm": 1}, noise={"Ir": 25}),
        Benchmark("b", "//:x", "simulation", {"LLm": 1}, noise={"Ir": 25}),
    ]
    shown = {one.title: one.cells for one in columns("simulation", benchmarks)}
    assert shown["By layout"] == ["-", "-"]
