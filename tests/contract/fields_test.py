"""The reader of records: named tuples and dataclasses, read strictly, written as objects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from rules_codspeed.contract.fields import (
    among,
    document,
    parse_record,
    read_record,
    write_document,
)
from rules_codspeed.contract.strict_json import DocumentError


class Inner(NamedTuple):
    """A record that another one holds."""

    name: str
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    """A record with a field of each type."""

    schema: Literal[1]
    kind: Literal["a", "b"]
    whole: int
    flag: bool | None
    inner: Inner | None
    all: list[Inner]
    texts: dict[str, str]
    anything: list[dict[str, Any]]
    added: Inner | None = None


WHOLE: dict[str, Any] = {
    "schema": 1,
    "kind": "a",
    "whole": 3,
    "flag": None,
    "inner": {"name": "x", "share": 1},
    "all": [{"name": "é"}],
    "texts": {"A": "1"},
    "anything": [{"x": [None, {"y": 1.5}]}],
}


def test_each_type_is_read_and_written() -> None:
    found = read_record(Outer, WHOLE)
    assert found.inner == Inner("x", 1)
    assert found.all == [Inner("é", 0.5)]
    assert document(found) == {
        **WHOLE,
        "all": [{"name": "é", "share": 0.5}],
        "added": None,
    }
    assert read_record(Outer, document(found)) == found


def test_a_written_document_reads_equal(tmp_path: Path) -> None:
    found = read_record(Outer, WHOLE)
    file = tmp_path / "record.json"
    write_document(str(file), found)
    assert parse_record(Outer, file.read_bytes()) == found
    assert file.read_text(encoding="utf-8").endswith('"added": null\n}\n')
    assert "é" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": True}, "field schema is True, not 1"),
        ({"schema": 1.0}, "field schema is 1.0, not 1"),
        ({"kind": "c"}, "field kind is 'c', not 'a' or 'b'"),
        ({"whole": True}, "field whole is True, not a whole number"),
        ({"whole": 3.0}, "field whole is 3.0, not a whole number"),
        ({"flag": 0}, "field flag is 0, not true or false"),
        ({"inner": []}, "field inner is a list, not an object"),
        ({"inner": {}}, "missing field inner.name"),
        ({"inner": {"name": "x", "label": 1}}, "unknown field inner.label"),
        ({"all": {}}, "field all is an object, not a list"),
        ({"all": [{"name": "x"}, None]}, "field all[1] is None, not an object"),
        ({"all": [{"name": "x", "share": "1"}]}, "field all[0].share is '1', not a finite number"),
        ({"all": [{"name": "a\0b"}]}, r"field all[0].name is 'a\x00b', with a NUL"),
        ({"texts": {"A": 1}}, "field texts.A is 1, not Unicode text"),
        (
            {"texts": {"\ud800": "1"}},
            "texts: a key with half of a surrogate pair, which is not Unicode",
        ),
        ({"anything": [1]}, "field anything[0] is 1, not an object"),
    ],
)
def test_anything_else_is_refused(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_record(Outer, json.dumps({**WHOLE, **change}))
    assert str(caught.value) == fault


@pytest.mark.parametrize("field", WHOLE)
def test_only_a_field_with_a_default_may_be_missing(field: str) -> None:
    with pytest.raises(DocumentError, match=f"^missing field {field}$"):
        read_record(Outer, {name: one for name, one in WHOLE.items() if name != field})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"\xff", "the document: not JSON"),
        ("{", "the document: not JSON"),
        ("[" * 100_000, "the document: more than 127 levels"),
        ("null", "the document is None, not an object"),
    ],
)
def test_what_is_no_object(text: str | bytes, fault: str) -> None:
    with pytest.raises(DocumentError, match=fault):
        parse_record(Outer, text)


def test_places_are_shown_bounded() -> None:
    for change in ({"x" * 10_000: 1}, {"texts": {"x" * 10_000: 1}}):
        with pytest.raises(DocumentError) as caught:
            parse_record(Outer, json.dumps({**WHOLE, **change}))
        assert len(str(caught.value)) < 400


def test_values_are_shown_bounded() -> None:
    with pytest.raises(DocumentError) as caught:
        among("mode", "x" * 10_000, ("simulation", "walltime"))
    assert str(caught.value).endswith("..., not one of simulation, walltime")
    assert len(str(caught.value)) < 200
