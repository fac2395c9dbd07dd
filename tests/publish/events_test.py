"""Events: the official runner's bytes, and JSON whatever the name."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.events import benchmark_ran, run_finished, shortest


def test_lines_of_the_specification() -> None:
    assert run_finished("65f0c0ffee") == '{"event": "run_finished", "run_id": "65f0c0ffee"}'
    assert benchmark_ran("tests/test_a.py::test_fib", 0.001234) == (
        '{"event": "benchmark_ran", "name": "tests/test_a.py::test_fib", "time": "0.001234"}'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5e-7, "0.00000015"),
        (3.0, "3"),
        (0.0, "0"),
        (100.0, "100"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (1.25e-300, "0." + "0" * 299 + "125"),
        (-0.5, "-0.5"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert shortest(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_is_read_back_as_it_was(value: float) -> None:
    text = shortest(value)
    assert float(text) == value
    assert math.copysign(1, float(text)) == math.copysign(1, value)
    assert not set(text) - set("-.0123456789")
    # No digit could be left out.
    assert len(text.strip("-0.").replace(".", "")) <= 17


@given(st.text(st.characters(exclude_categories=[])), st.floats(0, 1e9))
def test_any_name_is_one_line_of_json(name: str, value: float) -> None:
    line = benchmark_ran(name, value)
    assert line.splitlines() == [line]
    assert line.isascii()
    assert json.loads(line)["name"] == name
