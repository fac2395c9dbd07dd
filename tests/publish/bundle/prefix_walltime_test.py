"""Paths of the workspace in a profile of walltime get the prefix of the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.merge import Profile, merge
from rules_codspeed.publish.bundle.prefix import prefixed
from rules_codspeed.publish.bundle.prefix_walltime import rewriter
from rules_codspeed.publish.bundle.timestamps import Timestamps, dump, parse
from rules_codspeed.publish.errors import PublishError
from tests.report.suites import module, write_walltime_profile

URIS = ["b/x.cc::f", "exec_harness::b/y"]
PREFIXED = ["sub/dir/b/x.cc::f", "exec_harness::b/y"]


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    folder = tmp_path / "measured"
    write_walltime_profile(folder, URIS)
    (folder / "environment-4242.json").write_text('{"linked_libraries": {"a": {"path": "b/x"}}}')
    return Profile("//b:x", folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_whole_folder(profile: Profile, tmp_path: Path) -> None:
    before = contents(profile.folder)
    (copy,) = prefixed([profile], "walltime", "sub/dir/", tmp_path / "scratch")
    assert copy.label == "//b:x"
    after = contents(copy.folder)
    assert after.keys() == before.keys()
    changed = {name for name, content in after.items() if content != before[name]}
    assert changed == {"results/4242.json", "walltime.metadata", "ExecutionTimestamps.msgpack"}

    results = json.loads(after["results/4242.json"])
    assert [one["uri"] for one in results["benchmarks"]] == PREFIXED
    for one, uri in zip(results["benchmarks"], URIS, strict=True):
        one["uri"] = uri
    assert results == json.loads(before["results/4242.json"])

    metadata = json.loads(after["walltime.metadata"])
    assert metadata["uri_by_ts"] == [[1000, PREFIXED[0]], [1001, PREFIXED[1]]]
    assert metadata["debug_info"]["0__bench"]["object_path"] == "sub/dir/b/bench"
    assert metadata["path_key_to_path"] == {
        "0__bench": "sub/dir/b/bench",
        "1__m.py": "jit_py::f:/a/m.py",
    }
    assert b" " not in after["walltime.metadata"]
    assert list(metadata) == list(json.loads(before["walltime.metadata"]))

    found = parse(after["ExecutionTimestamps.msgpack"])
    assert found == Timestamps([(1000, PREFIXED[0]), (1001, PREFIXED[1])], [("SampleStart", 900)])
    assert contents(profile.folder) == before


def test_what_is_not_sent_needs_no_prefix(profile: Profile, tmp_path: Path) -> None:
    (profile.folder / "allocation_stacks.json").write_text('{"stacks": []}')
    (copy,) = prefixed([profile], "memory", "sub/dir/", tmp_path / "scratch")
    assert contents(copy.folder).keys() == contents(profile.folder).keys() - {
        "allocation_stacks.json"
    }


def test_recordings_are_not_copied(profile: Profile, tmp_path: Path) -> None:
    (copy,) = prefixed([profile], "walltime", "sub/", tmp_path / "scratch")
    links = {file.name for file in copy.folder.rglob("*") if file.is_symlink()}
    assert links == {
        "0__bench.symbols.map",
        "0__bench.unwind_data",
        "environment-4242.json",
        "perf-4242.map",
        "perf.pipedata",
    }
    entries = {one.path: b"".join(one.blocks()) for one in merge([copy], "log\n")}
    assert entries["perf.pipedata"] == (profile.folder / "perf.pipedata").read_bytes()
    assert b"sub/b/x.cc::f" in entries["results/4242.json"]
    assert len(entries) == 9


def test_without_a_prefix_nothing_is_copied(profile: Profile, tmp_path: Path) -> None:
    assert prefixed([profile], "walltime", "", tmp_path / "scratch") == [profile]
    assert not (tmp_path / "scratch").exists()


def rewritten(name: str, content: bytes | dict[str, Any], prefix: str = "sub/") -> bytes:
    rewrite = rewriter(name, "//b:x")
    assert rewrite
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    return rewrite(content, prefix)


def test_queries_of_a_database() -> None:
    query = {"sql": "SELECT 1", "plan": [{"Plan": {"Relation Name": "a.py"}}]}
    document = {"benchmarks": [{"uri": "b/x.py::f", "queries": [query]}]}
    written = json.loads(rewritten("instruments/postgres.json", document))
    assert written == {"benchmarks": [{"uri": "sub/b/x.py::f", "queries": [query]}]}


METADATA: dict[str, Any] = {
    "version": 1,
    "integration": ["x", "1"],
    "uri_by_ts": [],
    "ignored_modules": [],
    "markers": [],
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.c", "sub/a.c"),
        ("bazel-out/k8-opt/bin/b/gen.cc", "sub/bazel-out/k8-opt/bin/b/gen.cc"),
        ("jit_lib/a.c", "sub/jit_lib/a.c"),
        ("[id]/page.js", "sub/[id]/page.js"),
        ("/usr/include/c++/12/vector", "/usr/include/c++/12/vector"),
        ("external/lib/core.h", "external/lib/core.h"),
        ("./malloc/malloc.c", "./malloc/malloc.c"),
        ("../src/a.rs", "../src/a.rs"),
        ("<frozen importlib>", "<frozen importlib>"),
        ("???", "???"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("name", ["perf.metadata", "walltime.metadata"])
def test_files_of_functions(name: str, path: str, expected: str) -> None:
    modules = {"0__a": module("/usr/bin/a", path, "x.c", path)}
    found = json.loads(rewritten(name, {**METADATA, "debug_info": modules}))
    infos = found["debug_info"]["0__a"]["debug_infos"]
    assert [one["file"] for one in infos] == [expected, "sub/x.c", expected]
    assert found["debug_info"]["0__a"]["object_path"] == "/usr/bin/a"


def test_debug_info_by_process_of_old_runners() -> None:
    modules = {"42": [module("b/a", "a.c")], "43": []}
    found = json.loads(rewritten("perf.metadata", {**METADATA, "debug_info_by_pid": modules}))
    assert found["debug_info_by_pid"]["42"] == [module("sub/b/a", "sub/a.c")]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"0__a": "b/a"}, {"0__a": "sub/b/a"}),
        ({"0__v": "[vdso]"}, {"0__v": "[vdso]"}),
        ({"0__f": "jit_py::f"}, {"0__f": "jit_py::f"}),
        ({"known": "jit_lib/a.so"}, {"known": "sub/jit_lib/a.so"}),
    ],
)
def test_modules(paths: dict[str, str], expected: dict[str, str]) -> None:
    modules = {"known": module("jit_lib/a.so")}
    document = {**METADATA, "debug_info": modules, "path_key_to_path": paths}
    found = json.loads(rewritten("walltime.metadata", document))
    assert found["path_key_to_path"] == expected
    assert found["debug_info"]["known"]["object_path"] == "sub/jit_lib/a.so"


def test_numbers_and_text_stay() -> None:
    document = {**METADATA, "markers": [{"SampleStart": 2**64 - 1}], "integration": ["é/\\", "1"]}
    assert json.loads(rewritten("walltime.metadata", document)) == document
    results = b'{"benchmarks": [{"uri": "a::\xc3\xa9", "stats": {"total_time": 1.6e-05}}]}'
    assert rewritten("results/1.json", results) == (
        b'{"benchmarks":[{"uri":"sub/a::\xc3\xa9","stats":{"total_time":1.6e-05}}]}'
    )


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("results/1.json", b"", "results/1.json: the document: not JSON: "),
        ("results/1.json", b"[]", "results/1.json: TypeError: "),
        ("results/1.json", b"{}", "results/1.json: KeyError: 'benchmarks'"),
        ("results/1.json", b'{"benchmarks": {}}', "TypeError: list expected, not dict"),
        ("results/1.json", b'{"benchmarks": [{"uri": 1}]}', "TypeError: str expected, not int"),
        ("results/1.json", b'{"benchmarks": ["u"]}', "results/1.json: TypeError: "),
        ("results/1.json", b'{"benchmarks": [], "a": NaN}', "a: NaN is not a number of JSON"),
        (
            "results/1.json",
            b'{"benchmarks": [], "a": "\\ud800"}',
            "a: half of a surrogate pair",
        ),
        ("results/1.json", b"[" * 100_000, "the document: more than 127 levels"),
        ("walltime.metadata", {**METADATA, "version": 2}, "version 2 is unknown"),
        ("walltime.metadata", {**METADATA, "new": 1}, "field 'new' is unknown"),
        ("walltime.metadata", {**METADATA, "uri_by_ts": ["ab"]}, "list expected, not str"),
        ("walltime.metadata", {**METADATA, "uri_by_ts": [[1]]}, "ValueError: not enough values"),
        ("walltime.metadata", {**METADATA, "debug_info": []}, "dict expected, not list"),
        ("walltime.metadata", {**METADATA, "debug_info": {"a": {}}}, "KeyError: 'object_path'"),
        ("perf.metadata", {"version": 1}, "KeyError: 'uri_by_ts'"),
        ("perf.metadata", b"\xff", "the document: not JSON: byte 0 is not UTF-8"),
        ("ExecutionTimestamps.msgpack", b"\x90", "ValueError: no map, at byte 0"),
    ],
)
def test_documents_of_another_shape(name: str, content: bytes | dict[str, Any], fault: str) -> None:
    with pytest.raises(PublishError) as caught:
        rewritten(name, content)
    start = "cannot put the paths in the profile of //b:x below the root of the checkout."
    assert str(caught.value).startswith(f"{start} Got: {name}: ")
    assert fault in str(caught.value)
    assert "Fix: " in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "results/notes.txt",
        "results/one.MemtrackArtifact.msgpack",
        "raw/results/1.json",
        "samply-profile.json.gz",
        "sub/perf.pipedata",
        "perf.data",
    ],
)
@pytest.mark.parametrize("executor", ["walltime", "memory"])
def test_unknown_files_are_refused(
    profile: Profile, tmp_path: Path, name: str, executor: Any
) -> None:
    (profile.folder / name).parent.mkdir(parents=True, exist_ok=True)
    (profile.folder / name).touch()
    with pytest.raises(PublishError, match="an unknown file") as caught:
        prefixed([profile], executor, "sub/", tmp_path / "scratch")
    assert f"Got: {name}, an unknown file" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "perf.pipedata",
        "perf-1.map",
        "0__a b.so.symbols.map",
        "results/1.MemtrackArtifact.msgpack",
        "runner.log",
    ],
)
def test_files_without_paths(name: str) -> None:
    assert rewriter(name, "//b:x") is None


def test_a_profile_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="cannot copy the profile of //a:b"):
        prefixed([Profile("//a:b", tmp_path / "none")], "walltime", "sub/", tmp_path / "scratch")


def test_bytes_of_a_prefix_in_timestamps() -> None:
    content = dump(Timestamps([(5, "a" * 31), (6, "exec_harness::x")], [("SampleEnd", 7)]))
    # In `results` it is that of memory.
    for folder in ("", "results/"):
        _check_timestamps(f"{folder}ExecutionTimestamps.msgpack", content)


def _check_timestamps(name: str, content: bytes) -> None:
    assert rewritten(name, content) == dump(
        Timestamps([(5, "sub/" + "a" * 31), (6, "exec_harness::x")], [("SampleEnd", 7)])
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.sampled_from([*METADATA, "debug_info", "debug_info_by_pid", "path_key_to_path"]), JSON)
def test_any_value_is_rewritten_or_refused(field: str, value: object) -> None:
    try:
        found = json.loads(rewritten("walltime.metadata", {**METADATA, field: value}))
    except PublishError:
        return
    assert found.keys() >= METADATA.keys()
