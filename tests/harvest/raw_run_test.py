"""run.json: every field is checked, and no path in it leads out of the folder."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.raw_run import RawRun
from rules_codspeed.harvest.raw_run import read_raw_run

DOCUMENT: dict[str, Any] = {
    "schema": 1,
    "label": "//pkg:bench",
    "framework": "hooks",
    "runner_version": "5.0.2",
    "integration": ["codspeed-cpp", "2.3.0"],
    "profiled": True,
    "bench_pids": [7, 4242],
    "markers": [["SampleStart", 1], ["BenchmarkStart", 2]],
    "uri_by_ts": [[9, "a.cc::b"]],
    "perf_maps": {"4242": "maps/perf-4242.map"},
    "jit_dumps": {"4242": "maps/jit-4242.dump"},
    "objects": {"/lib/a.so": "objects/0/a.so"},
    "debug_files": {"/lib/a.so": "objects/1/a.debug"},
    "interpreters": ["/usr/bin/node"],
}


def read(folder: Path, document: object) -> RawRun:
    (folder / "run.json").write_text(json.dumps(document))
    return read_raw_run(folder)


def test_fields(tmp_path: Path) -> None:
    assert read(tmp_path, DOCUMENT) == RawRun(
        folder=tmp_path,
        label="//pkg:bench",
        framework="hooks",
        runner_version="5.0.2",
        integration=("codspeed-cpp", "2.3.0"),
        profiled=True,
        bench_pids=[7, 4242],
        markers=[("SampleStart", 1), ("BenchmarkStart", 2)],
        uri_by_ts=[(9, "a.cc::b")],
        perf_maps={4242: tmp_path / "maps/perf-4242.map"},
        jit_dumps={4242: tmp_path / "maps/jit-4242.dump"},
        objects={"/lib/a.so": tmp_path / "objects/0/a.so"},
        debug_files={"/lib/a.so": tmp_path / "objects/1/a.debug"},
        interpreters=["/usr/bin/node"],
    )


def test_what_is_read_is_written_again(tmp_path: Path) -> None:
    assert json.dumps(read(tmp_path, DOCUMENT).document()) == json.dumps(DOCUMENT)


def test_no_integration(tmp_path: Path) -> None:
    assert read(tmp_path, DOCUMENT | {"integration": None}).integration is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"schema": 2}, "schema is 2, not 1"),
        ({"schema": True}, "schema is true, not 1"),
        ({"more": 1}, 'unknown field "more"'),
        ({"label": 1}, "label has 1, not a text"),
        ({"label": "\ud800"}, "label: half of a surrogate pair, which is not Unicode"),
        ({"runner_version": None}, "runner_version has null, not a text"),
        ({"integration": ["a"]}, 'integration is ["a"], not a name and a version'),
        ({"integration": "ab"}, 'integration is "ab", not a list'),
        ({"integration": ["a", 1]}, "integration has 1, not a text"),
        ({"profiled": 1}, "profiled is 1, not true or false"),
        ({"bench_pids": 1}, "bench_pids is 1, not a list"),
        (
            {"bench_pids": [-1]},
            "process id in bench_pids is -1, not a whole number below 2147483648",
        ),
        ({"bench_pids": [True]}, "process id in bench_pids is true"),
        ({"bench_pids": [2**31]}, "process id in bench_pids is 2147483648"),
        ({"markers": [["SampleStart"]]}, 'markers has ["SampleStart"], not a pair'),
        ({"markers": [["SampleStart", -1]]}, "time in markers is -1"),
        ({"markers": [["SampleStart", 2**64]]}, "time in markers is 18446744073709551616"),
        ({"markers": [["RoundStart", 1]]}, 'markers has "RoundStart", not one of SampleStart, '),
        ({"uri_by_ts": [["a", 1]]}, 'time in uri_by_ts is "a"'),
        ({"uri_by_ts": [[1, 2]]}, "uri_by_ts has 2, not a text"),
        ({"uri_by_ts": [[1.5, "a"]]}, "time in uri_by_ts is 1.5"),
        ({"perf_maps": {"x": "maps/x"}}, 'perf_maps has "x", not a process id'),
        ({"perf_maps": {"01": "maps/x"}}, 'perf_maps has "01", not a process id'),
        ({"jit_dumps": {"9" * 400: "maps/x"}}, "jit_dumps has"),
        ({"objects": []}, "objects is [], not an object"),
        ({"objects": {"/a": "../a"}}, 'objects has "../a", not a path below the folder'),
        (
            {"objects": {"/a": "/etc/passwd"}},
            'objects has "/etc/passwd", not a path below the folder',
        ),
        ({"objects": {"/a": "a/../../b"}}, 'objects has "a/../../b", not a path below the folder'),
        ({"objects": {"/a": ""}}, 'objects has "", not a path below the folder'),
        ({"objects": {"/a": "."}}, 'objects has ".", not a path below the folder'),
        ({"objects": {"/a": "a\0b"}}, 'objects has "a\\u0000b", not a path below the folder'),
        ({"objects": {"/a": None}}, "objects has null, not a text"),
        ({"debug_files": {"/a": "../a"}}, 'debug_files has "../a", not a path below the folder'),
        ({"interpreters": [None]}, "interpreters has null, not a text"),
    ],
)
def test_other_document_is_refused(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    with pytest.raises(CodSpeedError) as caught:
        read(tmp_path, DOCUMENT | change)
    text = str(caught.value)
    assert text.startswith(f"the raw run cannot be used. Got: {tmp_path}/run.json: {fault}")
    assert ". Expected: what the measuring driver of this version writes. Fix: measure " in text
    assert len(text) < 600


@pytest.mark.parametrize("name", sorted(DOCUMENT))
def test_missing_field_is_refused(tmp_path: Path, name: str) -> None:
    document = {key: value for key, value in DOCUMENT.items() if key != name}
    with pytest.raises(CodSpeedError, match=f'missing field "{name}"'):
        read(tmp_path, document)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b"1" * 10_000, b"NaN"]
)
def test_no_document_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(CodSpeedError, match="the raw run cannot be used"):
        read_raw_run(tmp_path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_raw_run(tmp_path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["../a"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENT)), JSON, max_size=2))
@settings(max_examples=300)
def test_any_value_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, change: dict[str, Any]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    with contextlib.suppress(CodSpeedError):
        run = read(folder, DOCUMENT | change)
        for file in [*run.objects.values(), *run.debug_files.values()]:
            assert file.resolve().is_relative_to(folder.resolve())
