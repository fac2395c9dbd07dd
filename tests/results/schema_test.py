"""The results schema: what is written reads back, what differs is refused, the file is current."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.results import schema
from rules_codspeed.results.model import SCHEMA, Benchmark, Results, merge
from rules_codspeed.results.schema import json_schema, parse_results
from tests.results.provenance import PROVENANCE, provenance
from tests.results.walltime_provenance import WALLTIME_PROVENANCE

TEXT = st.text(st.characters(codec="utf-8"))
BENCHMARKS = st.lists(
    st.builds(
        Benchmark,
        uri=TEXT,
        label=TEXT,
        mode=TEXT,
        metrics=st.dictionaries(TEXT, st.integers(0, 10**21 - 1) | st.floats(0, 1e20)),
        rounds_ns=st.lists(st.lists(st.floats(0, 1e18), max_size=3), max_size=2),
    )
)


@given(BENCHMARKS)
def test_written_results_read_equal(benchmarks: list[Benchmark]) -> None:
    results = Results(SCHEMA, benchmarks, [PROVENANCE, WALLTIME_PROVENANCE])
    assert parse_results(results.to_json()) == results
    assert parse_results(results.to_json().encode()) == results


def test_results_of_an_earlier_version_are_read() -> None:
    """They do not state what the measuring machine added."""
    document = json.loads(Results(SCHEMA, [], [PROVENANCE]).to_json())
    del document["mixed"]
    del document["provenance"][0]["host"]
    assert parse_results(json.dumps(document)) == Results(SCHEMA, [], [PROVENANCE])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": "rules_codspeed.results/2"}, "schema: "),
        ({"schema": None}, "schema: "),
        ({"benchmarks": [{}]}, "benchmarks[0].uri: "),
        ({"benchmarks": [{"uri": "u", "label": "l", "mode": "m", "metrics": {"Ir": "1"}}]}, "Ir"),
        ({"benchmarks": [{"uri": "u", "label": "l", "mode": "m", "metrics": {"Ir": None}}]}, "Ir"),
        ({"provenance": [{"schema": 1}]}, "provenance[0].label: "),
    ],
)
def test_other_document_is_refused(change: dict[str, object], fault: str) -> None:
    document = {**json.loads(Results(SCHEMA, [], [PROVENANCE]).to_json()), **change}
    with pytest.raises(DocumentError, match=re.escape(fault)):
        parse_results(json.dumps(document))


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "9" * 400])
def test_what_is_no_finite_number_is_refused(number: str) -> None:
    results = Results(
        SCHEMA, [Benchmark("u", "//a:b", "m", {"x": 17}, [[18.5]])], [WALLTIME_PROVENANCE]
    )
    text = results.to_json()
    assert WALLTIME_PROVENANCE.walltime
    for written, fault in [
        ("17", "benchmarks[0].metrics.x: "),
        ("18.5", "benchmarks[0].rounds_ns"),
        (f'"load": {json.dumps(WALLTIME_PROVENANCE.walltime.machine.load)}', "load"),
    ]:
        assert written in text
        name = '"load": ' if fault == "load" else ""
        with pytest.raises(DocumentError, match=re.escape(fault)):
            parse_results(text.replace(written, name + number, 1))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"9" * 5000])
def test_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(DocumentError):
        parse_results(text)


def test_schema_file_is_current() -> None:
    assert schema.__file__
    file = Path(schema.__file__).with_name("results.schema.json")
    assert file.read_text(encoding="utf-8") == json_schema(), (
        "run: bazel run //py/rules_codspeed/results:update_schema"
    )


def test_merge_sorts() -> None:
    def part(label: str, *uris: str) -> Results:
        benchmarks = [Benchmark(uri, label, "simulation", {"Ir": 1}) for uri in uris]
        return Results(SCHEMA, benchmarks, [provenance(label=label)])

    merged = merge([part("//b:b", "y", "x"), part("//a:a", "z")])
    assert [(one.label, one.uri) for one in merged.benchmarks] == [
        ("//a:a", "z"),
        ("//b:b", "x"),
        ("//b:b", "y"),
    ]
    assert [one.label for one in merged.provenance] == ["//a:a", "//b:b"]
