"""Provenance of both modes: what the drivers write is read, anything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.provenance import parse_provenance
from tests.results.provenance import PROVENANCE, provenance, provenance_json
from tests.results.walltime_provenance import WALLTIME_PROVENANCE, walltime_provenance_json

SIMULATION = json.loads(provenance_json())
WALLTIME = json.loads(walltime_provenance_json())


def test_simulation() -> None:
    assert "walltime" not in SIMULATION
    assert parse_provenance(provenance_json()) == PROVENANCE
    unknown = parse_provenance(json.dumps({**SIMULATION, "debug_info": None}))
    assert unknown == provenance(debug_info=None)


def test_walltime() -> None:
    assert WALLTIME["simulator"] is None
    assert parse_provenance(walltime_provenance_json()) == WALLTIME_PROVENANCE


def test_whole_numbers_are_loads() -> None:
    machine = {**WALLTIME["walltime"]["machine"], "load": 2}
    found = parse_provenance(
        walltime_provenance_json(walltime={**WALLTIME["walltime"], "machine": machine})
    )
    assert found.walltime
    assert found.walltime.machine.load == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": 2}, "Provenance.schema is 2, no 1"),
        ({"schema": True}, "Provenance.schema is True, no 1"),
        ({"label": 3}, "Provenance.label is 3, no Unicode text"),
        ({"label": "\ud800"}, r"Provenance.label is '\ud800', no Unicode text"),
        ({"isolate": 1}, "Provenance.isolate is 1, no true or false"),
        ({"debug_info": 0}, "Provenance.debug_info is 0, no true or false"),
        ({"command": "ls"}, "Provenance.command is 'ls', no list"),
        ({"command": ["ls", 1]}, "Provenance.command[1] is 1, no Unicode text"),
        ({"pins": {"A": None}}, "Provenance.pins.A is None, no Unicode text"),
        ({"pins": []}, "Provenance.pins is a list, no object"),
        ({"new": 1}, "Provenance has missing or unknown fields: new"),
        ({"mode": "memory"}, "Provenance.mode is 'memory', none of simulation, walltime"),
    ],
)
@pytest.mark.parametrize("document", [SIMULATION, WALLTIME])
def test_faults_of_both_modes(document: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=r"^Provenance") as caught:
        parse_provenance(json.dumps({**document, **change}))
    assert str(caught.value) == fault


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({**SIMULATION, "simulator": None}, "Provenance.simulator is missing from mode simulation"),
        ({**SIMULATION, "simulator": 3}, "Provenance.simulator is no JSON object"),
        (
            {**SIMULATION, "walltime": WALLTIME["walltime"]},
            "Provenance.walltime is of no use to mode simulation",
        ),
        (
            {**WALLTIME, "simulator": SIMULATION["simulator"]},
            "Provenance.simulator is of no use to mode walltime",
        ),
        ({**WALLTIME, "walltime": None}, "Provenance.walltime is missing from mode walltime"),
        ([], "Provenance is no JSON object"),
    ],
)
def test_modes_have_what_measures(document: object, fault: str) -> None:
    with pytest.raises(ValueError, match="Provenance") as caught:
        parse_provenance(json.dumps(document))
    assert str(caught.value) == fault


@pytest.mark.parametrize("field", sorted(SIMULATION.keys() - {"inputs", "layouts"}))
def test_missing_fields(field: str) -> None:
    rest = {name: value for name, value in SIMULATION.items() if name != field}
    with pytest.raises(ValueError, match=f"missing or unknown fields: {field}$"):
        parse_provenance(json.dumps(rest))


@pytest.mark.parametrize(
    ("below", "change", "fault"),
    [
        ("profiler", {"state": "broken"}, "state is 'broken', no 'recorded' or 'off' or"),
        ("profiler", {"new": 1}, "Provenance.walltime.profiler has missing or unknown fields: new"),
        ("machine", {"cores": 1.0}, "Provenance.walltime.machine.cores is 1.0, no whole number"),
        ("machine", {"load": "1"}, "Provenance.walltime.machine.load is '1', no finite number"),
        ("machine", {"load": float("nan")}, "machine.load is nan, no finite number"),
        ("machine", {"load": 10**400}, "machine.load is 1000"),
        ("machine", {"load": True}, "machine.load is True, no finite number"),
    ],
)
def test_faults_below(below: str, change: dict[str, Any], fault: str) -> None:
    walltime = WALLTIME["walltime"]
    changed = {**walltime, below: {**walltime[below], **change}}
    with pytest.raises(ValueError, match="Provenance") as caught:
        parse_provenance(walltime_provenance_json(walltime=changed))
    assert fault in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"schema": 1' + "0" * 5000 + "}"])
def test_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_provenance(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(WALLTIME)), JSON)
def test_any_value_is_read_or_refused(field: str, value: object) -> None:
    text = json.dumps({**WALLTIME, field: value})
    try:
        found = parse_provenance(text)
    except ValueError as error:
        assert "Provenance" in str(error)  # noqa: PT017
        return
    assert getattr(found, field) == value
