"""Provenance of both modes: what the drivers write is read, anything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.fields import document
from rules_codspeed.contract.provenance import parse_provenance
from rules_codspeed.contract.strict_json import DocumentError
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
        ({"schema": 2}, "field schema is 2, not 1"),
        ({"schema": True}, "field schema is True, not 1"),
        ({"label": 3}, "field label is 3, not Unicode text"),
        ({"label": "\ud800"}, "label: half of a surrogate pair, which is not Unicode"),
        ({"isolate": 1}, "field isolate is 1, not true or false"),
        ({"debug_info": 0}, "field debug_info is 0, not true or false"),
        ({"command": "ls"}, "field command is 'ls', not a list"),
        ({"command": ["ls", 1]}, "field command[1] is 1, not Unicode text"),
        ({"pins": {"A": None}}, "field pins.A is None, not Unicode text"),
        ({"pins": []}, "field pins is a list, not an object"),
        ({"new": 1}, "unknown field new"),
        ({"mode": "heap"}, "field mode is 'heap', not one of simulation, walltime, memory"),
    ],
)
@pytest.mark.parametrize("document", [SIMULATION, WALLTIME])
def test_faults_of_both_modes(document: dict[str, Any], change: dict[str, Any], fault: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_provenance(json.dumps({**document, **change}))
    assert str(caught.value) == fault


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({**SIMULATION, "simulator": None}, "field simulator is missing from mode simulation"),
        ({**SIMULATION, "simulator": 3}, "field simulator is 3, not an object"),
        (
            {**SIMULATION, "walltime": WALLTIME["walltime"]},
            "field walltime is of no use to mode simulation",
        ),
        (
            {**WALLTIME, "simulator": SIMULATION["simulator"]},
            "field simulator is of no use to mode walltime",
        ),
        ({**WALLTIME, "walltime": None}, "field walltime is missing from mode walltime"),
        ([], "the document is a list, not an object"),
    ],
)
def test_modes_have_what_measures(document: object, fault: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_provenance(json.dumps(document))
    assert str(caught.value) == fault


# With a default, for what earlier versions wrote.
_LATER = {"clock", "compatibility", "inputs", "layouts", "track_subprocess", "uncounted_children"}


@pytest.mark.parametrize("field", sorted(SIMULATION.keys() - _LATER))
def test_missing_fields(field: str) -> None:
    rest = {name: value for name, value in SIMULATION.items() if name != field}
    with pytest.raises(DocumentError, match=f"^missing field {field}$"):
        parse_provenance(json.dumps(rest))


@pytest.mark.parametrize(
    ("below", "change", "fault"),
    [
        ("profiler", {"state": "broken"}, "state is 'broken', not 'recorded' or 'off' or"),
        ("profiler", {"new": 1}, "unknown field walltime.profiler.new"),
        ("machine", {"cores": 1.0}, "field walltime.machine.cores is 1.0, not a whole number"),
        ("machine", {"load": "1"}, "field walltime.machine.load is '1', not a finite number"),
        ("machine", {"load": float("nan")}, "machine.load: NaN is not a number of JSON"),
        ("machine", {"load": 10**400}, "machine.load: a number of 401 digits"),
        ("machine", {"load": True}, "machine.load is True, not a finite number"),
    ],
)
def test_faults_below(below: str, change: dict[str, Any], fault: str) -> None:
    walltime = WALLTIME["walltime"]
    changed = {**walltime, below: {**walltime[below], **change}}
    with pytest.raises(DocumentError) as caught:
        parse_provenance(walltime_provenance_json(walltime=changed))
    assert fault in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"schema": 1' + "0" * 5000 + "}"])
def test_no_json(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^(the document|schema): "):
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
    except DocumentError as error:
        assert field in str(error)  # noqa: PT017
        return
    assert document(getattr(found, field)) == value
