from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.metadata_parser import parse_metadata, run_hash
from tests.collector.uploads import compact
from tests.publish.upload_vectors import vectors

A, B, C, D, E, F, G = "ABCDEFG"


def _document(vector: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(vectors()[vector][0])
    return document


def _fault(document: object) -> str:
    with pytest.raises(Refusal) as caught:
        parse_metadata(compact(document))
    assert caught.value.status == 422
    return caught.value.message


def _paths(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Returns the paths of the keys whose place and presence docs/spec fixes."""
    if not isinstance(value, dict) or path == ("runPart", "metadata"):
        return []
    here = [(*path, key) for key in value]
    return here + [deep for key in value for deep in _paths(value[key], (*path, key))]


_PATHS = [(vector, path) for vector in vectors() for path in _paths(_document(vector))]


@pytest.mark.parametrize("vector", vectors())
def test_vectors_pass(vector: str) -> None:
    body, digest = vectors()[vector]
    metadata = parse_metadata(body)
    assert metadata.version == json.loads(body)["version"]
    assert run_hash(body) == digest == hashlib.sha256(body).hexdigest()


@given(st.sampled_from(_PATHS))
def test_no_key_may_be_missing(place: tuple[str, tuple[str, ...]]) -> None:
    vector, (*above, key) = place
    document = part = _document(vector)
    for one in above:
        part = part[one]
    del part[key]
    if key != "excludeAllocations":
        assert _fault(document)
    else:
        parse_metadata(compact(document))


@given(st.sampled_from(_PATHS), st.data())
def test_keys_have_one_order(place: tuple[str, tuple[str, ...]], data: st.DataObject) -> None:
    vector, (*above, _) = place
    document = part = _document(vector)
    for one in above:
        part = part[one]
    keys = list(part)
    shuffled = data.draw(st.permutations(keys))
    items = {key: part[key] for key in shuffled}
    part.clear()
    part.update(items)
    if shuffled != keys:
        assert "keys of " in _fault(document)
    else:
        parse_metadata(compact(document))


@given(st.sampled_from(_PATHS))
def test_types_are_strict(place: tuple[str, tuple[str, ...]]) -> None:
    vector, (*above, key) = place
    document = part = _document(vector)
    for one in above:
        part = part[one]
    part[key] = 1.5
    assert key in _fault(document)


def _with(vector: str, **changes: Any) -> dict[str, Any]:
    return {**_document(vector), **changes}


def _deep(vector: str, part: str, **changes: Any) -> dict[str, Any]:
    document = _document(vector)
    return {**document, part: {**document[part], **changes}}


def _run_part(vector: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return _deep(vector, "runPart", metadata=metadata)


@pytest.mark.parametrize(
    ("fault", "document"),
    [
        ("version", _with(A, version=11)),
        ("version", _with(F, version=9, runner=_document(A)["runner"])),
        ("keys of the metadata in schema 8", _with(A, localData=None)),
        ("keys of runner in schema 8", _deep(A, "runner", cpuFlags=[])),
        ("excludeAllocations", _deep(F, "runner", excludeAllocations=False)),
        ("unknown", _with(A, unknown=1)),
        ("profileMd5", _with(A, profileMd5="XUFAKrxLKna5cZ2REBfFkh==")),
        ("profileMd5", _with(A, profileMd5="5d41402abc4b2a76b9719d911017c592")),
        ("profileEncoding", _with(A, profileEncoding="zstd")),
        ("profileEncoding", _with(A, profileEncoding=None)),
        ("cpuFlags: not sorted", _deep(F, "runner", cpuFlags=["b", "a"])),
        ("version: 8, expected 10", _deep(A, "runner", version="4.14.0")),
        ("version: 10, expected 9", _deep(F, "runner", version="4.13.0")),
        ("runner.version", _deep(A, "runner", version="v4.11.0")),
        ("runner.instruments", _deep(A, "runner", instruments=["mongodb"])),
        ("runner.executor", _deep(A, "runner", executor="simulation")),
        ("repositoryProvider: GITLAB", _with(A, repositoryProvider="GITLAB")),
        ("owner", _with(A, owner="acme/group")),
        ("owner", _with(C, owner="acme/../up")),
        ("owner", _with(A, owner="a b")),
        ("repository", _with(A, repository="a/b")),
        ("no names", _with(A, repository="..")),
        ("commitHash", _with(A, commitHash="0123ABCDEF" * 4)),
        ("ghData", _with(A, ghData=None)),
        ("ghData", _with(C, ghData=_document(C)["glData"])),
        ("glData", _with(C, glData=None)),
        ("localData", _with(G, localData=None)),
        ("localData", _with(F, localData={"expectedRunPartsCount": 1})),
        ("expectedRunPartsCount", _with(G, localData={"expectedRunPartsCount": 0})),
        ("sender", _with(A, sender=None)),
        ("sender", _with(D, sender={"id": "1", "login": "x"})),
        ("runPart", _with(A, runPart=None)),
        ("runPart", _with(E, runPart=_document(A)["runPart"])),
        ("event", _with(A, event="local")),
        ("event", _with(E, event="push")),
        ("event", _with(A, event="merge_group")),
        ("headRef", _with(A, headRef=None)),
        ("headRef", _with(F, headRef="main")),
        ("headRef", _with(E, headRef="main")),
        ("ref", _with(E, ref="refs/heads/main")),
        ("baseRef", _with(E, baseRef="main")),
        ("repositoryRootPath", _with(A, repositoryRootPath="work/")),
        ("not the run and job", _deep(A, "ghData", runId="1")),
        ("not the run and job", _deep(A, "ghData", job="other")),
        ("not sorted", _run_part(F, {"run-index": 0, "executor": "valgrind"})),
        ("executor: not that", _run_part(F, {"executor": "memory", "run-index": 0})),
        ("run-index: no index", _run_part(F, {"executor": "valgrind"})),
        ("run-index: no index", _run_part(F, {"executor": "valgrind", "run-index": True})),
        ("runPartId", _run_part(F, {"executor": "valgrind", "run-index": 1})),
        ("runPartId", _deep(F, "runPart", runPartId="bench")),
        ("runPartId", _run_part(G, {"executor": "walltime", "run-part-index": 0})),
    ],
)
def test_faults_are_reported(fault: str, document: dict[str, Any]) -> None:
    assert fault in _fault(document)


@pytest.mark.parametrize(
    "document",
    [
        _with(C, owner="acme/group/sub"),
        _with(F, baseRef=None),
        _with(G, headRef=None),
        _deep(A, "runner", cpuVendorId=""),
        _deep(A, "runner", instruments=["MongoDB"]),
        _deep(A, "runner", name="rules_codspeed", version="0.1.0"),
        _deep(F, "runner", version="6.0.0-beta.1"),
        _with(D, profileEncoding="gzip"),
        _run_part(F, {"executor": "valgrind", "run-index": 0, "run-part-index": 1}),
    ],
)
def test_variants_pass(document: dict[str, Any]) -> None:
    assert parse_metadata(compact(document)).version == document["version"]


def test_metadata_is_an_object() -> None:
    values: list[object] = [None, [], 1, "text"]
    for value in values:
        assert re.match("the metadata: ", _fault(value))


@given(st.sampled_from(sorted(vectors())), st.integers(0), st.binary(min_size=1, max_size=4))
def test_damage_is_no_crash(vector: str, place: int, damage: bytes) -> None:
    body = vectors()[vector][0]
    place %= len(body)
    damaged = body[:place] + damage + body[place + len(damage) :]
    refused = ""
    try:
        metadata = parse_metadata(damaged)
    except Refusal as refusal:
        refused = refusal.message
    if refused:
        assert damaged != body
        assert refused.isprintable()
    else:
        assert metadata.version == json.loads(damaged)["version"]
        assert compact(json.loads(damaged)) == damaged
