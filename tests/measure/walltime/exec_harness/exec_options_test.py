"""Options of exec-harness (spec: walltime 7.1, 7.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.walltime.exec_harness.options import (
    ExecOptions,
    parse_duration,
    read_exec_options,
)

S = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", S),
        ("2", 2 * S),
        ("0.5", S // 2),
        ("0", 0),
        ("1.5", 1_500_000_000),
        (".25", S // 4),
        ("3.", 3 * S),
        ("+1", S),
        ("1e-3", S // 1000),
        ("1s", S),
        ("500ms", S // 2),
        ("1.5s", 1_500_000_000),
        ("0.5s", S // 2),
        ("2m", 120 * S),
        ("1h", 3600 * S),
        ("2min", 120 * S),
        ("1d", 86400 * S),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("17ns", 17),
        ("0s", 0),
        ("  1s  ", S),
        (" 500ms ", S // 2),
        ("1m 30s", 90 * S),
        ("1h30m", 5400 * S),
        ("10 ms", S // 100),
    ],
)
def test_durations(text: str, expected: int) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "invalid", "1x", "s", "-1", "-1s", "nan", "inf", "1_0", "1e99", "1,5s", "٣"],
        *["1s x", "9" * 40 + "h", "9" * 100, "1" * 100_000, "1s1s1s?"],
    ],
)
def test_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 10**12), st.sampled_from(["ns", "us", "ms", "s"]))
@settings(max_examples=200)
def test_whole_units_are_exact(count: int, unit: str) -> None:
    factor = {"ns": 1, "us": 1000, "ms": 10**6, "s": 10**9}[unit]
    expected = count * factor
    assert parse_duration(f"{count}{unit}") == (expected if expected < 1 << 63 else None)


@given(st.text(max_size=20))
@settings(max_examples=300)
def test_any_text(text: str) -> None:
    duration = parse_duration(text)
    assert duration is None or 0 <= duration < 1 << 63


def options(**given: Any) -> ExecOptions:
    return read_exec_options(given, "//a:b")


def test_defaults() -> None:
    assert options() == ExecOptions(S, None, None, 3 * S, None)
    assert options() == ExecOptions()
    assert options(warmup_time=None, max_rounds=None) == ExecOptions()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"warmup_time": "0"}, (0, None, None, 3 * S, None)),
        # Without a maximum time, any other bound removes the default.
        ({"min_time": "1s"}, (S, S, None, None, None)),
        ({"min_rounds": 5}, (S, None, 5, None, None)),
        ({"max_rounds": "10"}, (S, None, None, None, 10)),
        ({"max_time": "0"}, (S, None, None, None, None)),
        ({"max_time": 0.5, "max_rounds": 10}, (S, None, None, S // 2, 10)),
        ({"max_time": "2s", "min_time": "2s"}, (S, 2 * S, None, 2 * S, None)),
        # A maximum time of 0 is not a bound, so it contradicts nothing.
        ({"max_time": "0", "min_time": "2s"}, (S, 2 * S, None, None, None)),
        ({"min_rounds": 3, "max_rounds": 3, "warmup_time": 2}, (2 * S, None, 3, None, 3)),
        ({"max_rounds": 0}, (S, None, None, None, 0)),
    ],
)
def test_options(arguments: dict[str, Any], expected: tuple[Any, ...]) -> None:
    assert options(**arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"min_time": "10s", "max_time": "5s"},
            "min_time cannot be greater than max_time in the walltime_args of //a:b. "
            "Got: min_time of 10 s, max_time of 5 s.",
        ),
        (
            {"min_rounds": 50, "max_rounds": 10},
            "min_rounds cannot be greater than max_rounds in the walltime_args of //a:b. "
            "Got: min_rounds 50, max_rounds 10.",
        ),
        (
            {"warmup_time": "soon"},
            "warmup_time among the walltime_args of //a:b cannot be used. Got: 'soon'. "
            "Expected: a duration such as 500ms",
        ),
        ({"max_rounds": -1}, "max_rounds among the walltime_args of //a:b cannot be used. Got: -1"),
        ({"max_rounds": 1.5}, "Got: 1.5. Expected: a number of rounds."),
        ({"max_rounds": True}, "Got: True. Expected: a number of rounds."),
        ({"max_time": []}, "Got: []. Expected: a duration"),
        ({"rounds": 3}, "rounds among the walltime_args of //a:b cannot be used. Got: 3. Expected"),
    ],
)
def test_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        options(**arguments)
    assert words in str(caught.value)
