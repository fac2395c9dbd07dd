"""The description of a benchmark is read strictly."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import parse_spec
from tests.measure.target import SPEC

PYTHON = {
    "interpreter": "/usr/bin/python3",
    "imports": ["_main"],
    "added": [],
    "tests": ["_main/bench_a.py"],
}

POSTGRES = {"name": "postgres", "variable": "DSN"}
PERF = {"path": "", "minimum_version": "5.10"}
WALLTIME = {
    "mode": "walltime",
    "simulator": None,
    "runner_version": "5.0.2",
    "profiler": "perf",
    "perf": PERF,
}


def parse(document: Any) -> Any:
    return parse_spec(json.dumps(document), "spec.json")


def test_every_field() -> None:
    spec = parse({**SPEC, "framework": "pytest", "python": PYTHON, "env": {"A": "1"}})
    assert spec.label == "//pkg:bench"
    assert spec.simulator.lib == "usr/libexec/valgrind"
    assert spec.python.tests == ["_main/bench_a.py"]
    assert parse({**SPEC, "simulator": None, "platform": ""}).simulator is None


def test_walltime() -> None:
    spec = parse({**SPEC, **WALLTIME, "framework": "exec", "walltime_args": {"max_time": "2s"}})
    assert spec.perf.minimum_version == "5.10"
    assert spec.walltime_args == {"max_time": "2s"}
    assert parse({**SPEC, **WALLTIME, "perf": None}).perf is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema"),
        ({"mode": "heap"}, "mode"),
        ({"processes": 0}, "processes"),
        ({"walltime_args": {"rounds": "5"}}, "'rounds'"),
        ({"walltime_args": {"max_rounds": 5}}, "walltime_args"),
        ({"unwinding": "lbr"}, "unwinding"),
        ({"profiler": "samply"}, "profiler"),
        ({"perf": {"path": ""}}, "missing field perf.minimum_version"),
        ({**WALLTIME, "runner_version": "v5"}, "runner_version"),
        ({**WALLTIME, "isolate": True}, "isolate"),
        ({**WALLTIME, "simulator": SPEC["simulator"]}, "simulator"),
        ({**WALLTIME, "instruments": [{"name": "redis", "variable": "X"}]}, "redis"),
        ({**WALLTIME, "instruments": [{"name": "postgres", "variable": "a-b"}]}, "'a-b'"),
        ({**WALLTIME, "instruments": [POSTGRES, POSTGRES]}, "one twice"),
        ({**WALLTIME, "instruments": [POSTGRES, {**POSTGRES, "name": "mongodb"}]}, "one variable"),
        ({**WALLTIME, "instruments": [POSTGRES], "env": {"DSN": "x"}}, "env has DSN"),
        ({**WALLTIME, "instruments": [POSTGRES], "unwinding": "dwarf"}, "copy secrets"),
        ({"instruments": [POSTGRES]}, "belongs to mode walltime"),
        ({"framework": "../hooks"}, "framework"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": True}, "timeout_s"),
        ({"timeout_s": "5"}, "timeout_s"),
        ({"args": "x"}, "args"),
        ({"args": ["a\0b"]}, "args"),
        ({"env": {"A=B": "x"}}, "'A=B'"),
        ({"env": {"A": 1}}, "env"),
        ({"python": PYTHON}, "python"),
        ({"framework": "pytest"}, "python"),
        ({"framework": "pytest_benchmark"}, "python"),
        ({"extra": 1}, "unknown field extra"),
        ({"simulator": {**SPEC["simulator"], "flavor": "own"}}, "flavor"),
        ({"simulator": {"name": "valgrind"}}, "missing field simulator.flavor"),
        ({"simulator": []}, "field simulator is a list, not an object"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        parse({**SPEC, **change})
    assert message in str(caught.value)
    assert "spec.json" in str(caught.value)


@pytest.mark.parametrize("field", SPEC)
def test_missing_field(field: str) -> None:
    document = copy.deepcopy(SPEC)
    del document[field]
    with pytest.raises(CodSpeedError, match=f"missing field {field}"):
        parse(document)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(SPEC)), _JSON, max_size=4))
def test_any_value_is_read_or_refused(changes: dict[str, Any]) -> None:
    document = {**SPEC, **changes}
    try:
        spec = parse(document)
    except CodSpeedError:
        return
    for field, value in document.items():
        if field not in ("simulator", "python", "perf"):
            assert getattr(spec, field) == value


@given(st.text(max_size=50))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(CodSpeedError):
        parse_spec(text, "spec.json")
