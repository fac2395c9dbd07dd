"""Numbers as the official runner writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.number_formats import count, duration, memory, percentage


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1.5, "1.50 s"),
        (1.0, "1.00 s"),
        (12345.678, "12345.68 s"),
        (0.001234, "1.23 ms"),
        (0.001, "1.00 ms"),
        (0.99999999, "1000.00 ms"),
        (0.00001234, "12.34 µs"),
        (1e-6, "1.00 µs"),
        (5e-7, "500.00 ns"),
        (1e-9, "1.00 ns"),
        (9.99e-10, "< 1 ns"),
        (0.0, "< 1 ns"),
        (-1.0, "< 1 ns"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (0.5, "0.5 B"),
        (1023, "1023 B"),
        (1024, "1 KB"),
        (1536, "1.5 KB"),
        (1048576, "1 MB"),
        (10485760, "10 MB"),
        (1073741824, "1 GB"),
        (2**40, "1 TB"),
        (2**50, "1 PB"),
        (2**60, "1024 PB"),
        (1024 * 100, "100 KB"),
        (-3, "-3 B"),
    ],
)
def test_memory(size: float, text: str) -> None:
    assert memory(size) == text


@given(st.integers(1, 2**63))
def test_memory_is_near_what_it_says(size: int) -> None:
    number, unit = memory(size).split()
    shown = float(number) * 1024 ** ["B", "KB", "MB", "GB", "TB", "PB"].index(unit)
    assert shown == pytest.approx(size, rel=0.051)


@given(st.floats(1e-9, 1e9))
def test_duration_is_near_what_it_says(seconds: float) -> None:
    number, unit = duration(seconds).split()
    shown = float(number) * {"s": 1, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit]
    assert shown == pytest.approx(seconds, rel=0.0051)


def test_count() -> None:
    assert [count(one) for one in (0, 999, 10240.9, 1e7, -5)] == [
        "0",
        "999",
        "10,240",
        "10,000,000",
        "0",
    ]


def test_percentage_of_nothing() -> None:
    assert percentage(1, 4) == 25
    assert math.isnan(percentage(0, 0))
    assert percentage(1, 0) == math.inf
    assert percentage(-1, 0) == -math.inf
