"""The attribute walltime_args as pytest-codspeed takes it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import Spec, parse_spec
from rules_codspeed.measure.walltime.pytest_options import pytest_options
from tests.measure.target import SPEC


def spec(arguments: dict[str, str]) -> Spec:
    lists: dict[str, list[str]] = {"imports": [], "added": [], "tests": []}
    python = {"interpreter": "/usr/bin/python3", **lists}
    changes = {"framework": "pytest", "python": python, "walltime_args": arguments}
    return parse_spec(json.dumps({**SPEC, **changes}), "spec.json")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"warmup_time": "0"}, ["--codspeed-warmup-time=0.0"]),
        ({"max_time": "500ms"}, ["--codspeed-max-time=0.5"]),
        ({"max_time": "2m"}, ["--codspeed-max-time=120.0"]),
        ({"max_rounds": "7"}, ["--codspeed-max-rounds=7"]),
        (
            {"warmup_time": "1.5", "max_rounds": "9"},
            ["--codspeed-max-rounds=9", "--codspeed-warmup-time=1.5"],
        ),
    ],
)
def test_options(arguments: dict[str, str], expected: list[str]) -> None:
    assert pytest_options(spec(arguments)) == expected


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(["warmup_time", "max_time", "max_rounds"]), st.text()))
def test_any_value_is_taken_or_refused(arguments: dict[str, str]) -> None:
    arguments = {name: text.replace("\0", "") for name, text in arguments.items()}
    try:
        options = pytest_options(spec(arguments))
    except CodSpeedError:
        return
    for option in options:
        name, _, value = option.partition("=")
        # As pytest-codspeed reads them.
        assert (int if name.endswith("rounds") else float)(value) >= 0
