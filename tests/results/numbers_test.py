"""Numbers that a driver counted itself."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.model import Timeline
from rules_codspeed.results.readers.numbers import summarize
from tests.results.provenance import PROVENANCE


def read(folder: Path, document: object, allow_empty: bool = False) -> dict[str, object]:
    file = folder / "numbers.json"
    file.write_text(json.dumps(document))
    found = summarize(file, PROVENANCE, allow_empty)
    return {one.uri: one.metrics for one in found.benchmarks}


def test_numbers(tmp_path: Path) -> None:
    document = {
        "benchmarks": [
            {"uri": "b", "metrics": {"lines": 2}},
            {"uri": "a", "metrics": {"lines": 1.5}},
        ]
    }
    assert read(tmp_path, document) == {"a": {"lines": 1.5}, "b": {"lines": 2}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "an object with a list"),
        ({}, "an object with a list"),
        ({"benchmarks": [1]}, r"benchmarks\[0\].uri is None"),
        ({"benchmarks": [{"uri": " ", "metrics": {"a": 1}}]}, r"benchmarks\[0\].uri is"),
        ({"benchmarks": [{"uri": "a", "metrics": {"a": 1}}] * 2}, r"benchmarks\[1\].uri is"),
        ({"benchmarks": [{"uri": "a", "metrics": {}}]}, r"benchmarks\[0\].metrics is"),
        ({"benchmarks": [{"uri": "a", "metrics": {"a": "1"}}]}, r"metrics of 'a' is '1'"),
        ({"benchmarks": [{"uri": "a", "metrics": {"a": True}}]}, r"metrics of 'a' is True"),
        (
            {"benchmarks": [{"uri": "a", "metrics": {"a": math.nan}}]},
            r"a: NaN is not a number",
        ),
        (
            {"benchmarks": [{"uri": "a", "metrics": {"a": math.inf}}]},
            r"a: Infinity is not a number",
        ),
        ({"benchmarks": [{"uri": "a", "metrics": {" ": 1}}]}, r"benchmarks\[0\].metrics has ' '"),
        (
            {"benchmarks": [{"uri": "a", "metrics": {"\ud800": 1}}]},
            "metrics: a key with half of",
        ),
        ({"benchmarks": []}, "measured nothing"),
        *(
            ({"benchmarks": [{"uri": "a", "metrics": {"a": 1}, "timeline": one}]}, "timeline is")
            for one in ([1], {"step": 1}, {"step": "1", "live": []}, {"step": 1, "live": [-1]})
        ),
    ],
)
def test_bad(tmp_path: Path, document: object, message: str) -> None:
    with pytest.raises(CodSpeedError, match=message):
        read(tmp_path, document)


def test_empty_is_allowed(tmp_path: Path) -> None:
    assert read(tmp_path, {"benchmarks": []}, allow_empty=True) == {}


def test_a_timeline_is_read(tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    timeline = {"step": 2, "live": [10, 4]}
    one = {"uri": "a", "metrics": {"peak": 10}, "timeline": timeline}
    file.write_text(json.dumps({"benchmarks": [one]}))
    (found,) = summarize(file, PROVENANCE).benchmarks
    assert found.timeline == Timeline(2, [10, 4])


@given(data=st.binary())
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("numbers") / "numbers.json"
    file.write_bytes(data)
    with pytest.raises(CodSpeedError):
        summarize(file, PROVENANCE)
