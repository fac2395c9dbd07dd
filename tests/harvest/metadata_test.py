"""The metadata file: the documented example, the order of everything, arbitrary content."""

from __future__ import annotations

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.debug_info import DebugInfo
from rules_codspeed.harvest.metadata import (
    IgnoredModule,
    MappedModule,
    MappedUnwind,
    Metadata,
    ModuleDebugInfo,
    write_metadata,
)

BIAS = 0x555555554000

# (spec: walltime 9.2)
EXAMPLE = """{
  "version": 1,
  "integration": ["pytest-codspeed", "4.3.0"],
  "ignored_modules_by_pid": { "4242": [["/usr/bin/python3.13", 93824992231424, 93825000000000]] },
  "debug_info": {
    "0__a.out": {
      "object_path": "/tmp/a.out", "addr_bounds": [4409, 4470], "load_bias": 0,
      "debug_infos": [ { "addr": 4409, "size": 61, "name": "work", "file": "/src/a.c", "line": 3 } ]
    }
  },
  "mapped_process_debug_info_by_pid": {
    "4242": [ { "debug_info_key": "0__a.out", "load_bias": 93824992231424 } ] },
  "mapped_process_unwind_data_by_pid": {
    "4242": [
      { "unwind_data_key": "0__a.out", "timestamp": null,
        "avma_range": { "start": 93824992235520, "end": 93824992239616 },
        "base_avma": 93824992231424 },
      { "unwind_data_key": "1__m.py", "timestamp": 101,
        "avma_range": { "start": 139637976731648, "end": 139637976731659 }, "base_avma": 0 }
    ]
  },
  "mapped_process_module_symbols": {
    "4242": [ { "perf_map_key": "0__a.out", "load_bias": 93824992231424 } ] },
  "path_key_to_path": { "0__a.out": "/tmp/a.out", "1__m.py": "jit_py::f:/a/m.py" },
  "uri_by_ts": [[1000900, "a.py::b"]],
  "ignored_modules": [],
  "markers": [ { "SampleStart": 1000000 }, { "SampleEnd": 1000800 } ]
}"""


def written(metadata: Metadata) -> str:
    file = io.BytesIO()
    write_metadata(metadata, file)
    return file.getvalue().decode()


def compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"))


def test_example() -> None:
    metadata = Metadata(
        integration=("pytest-codspeed", "4.3.0"),
        uri_by_ts=[(1000900, "a.py::b")],
        markers=[("SampleStart", 1000000), ("SampleEnd", 1000800)],
        ignored_modules_by_pid={4242: [IgnoredModule("/usr/bin/python3.13", BIAS, 93825000000000)]},
        debug_info={
            "0__a.out": ModuleDebugInfo(
                "/tmp/a.out", (4409, 4470), 0, [DebugInfo(4409, 61, "work", "/src/a.c", 3)]
            )
        },
        mapped_debug_info={4242: [MappedModule("0__a.out", BIAS)]},
        mapped_unwind_data={
            4242: [
                MappedUnwind("0__a.out", None, BIAS + 0x1000, BIAS + 0x2000, BIAS),
                MappedUnwind("1__m.py", 101, 139637976731648, 139637976731659, 0),
            ]
        },
        mapped_symbols={4242: [MappedModule("0__a.out", BIAS)]},
        path_key_to_path={"0__a.out": "/tmp/a.out", "1__m.py": "jit_py::f:/a/m.py"},
    )
    assert written(metadata) == compact(EXAMPLE)


def test_what_is_empty_is_left_out() -> None:
    assert written(Metadata(("a", "1"), [], [])) == (
        '{"version":1,"integration":["a","1"],"uri_by_ts":[],"ignored_modules":[],"markers":[]}'
    )


def test_fields_of_old_layouts() -> None:
    module = ModuleDebugInfo("/a", (1, 3), 7, [DebugInfo(1, 2, "f", "a.c", None)])
    metadata = Metadata(
        ("a", "1"),
        [],
        [],
        ignored_modules=[IgnoredModule("/p", 1, 2)],
        debug_info_by_pid={9: [module, module], 10: []},
    )
    infos = (
        '{"object_path":"/a","addr_bounds":[1,3],"load_bias":7,"debug_infos":'
        '[{"addr":1,"size":2,"name":"f","file":"a.c","line":null}]}'
    )
    assert written(metadata) == (
        '{"version":1,"integration":["a","1"],"uri_by_ts":[],"ignored_modules":[["/p",1,2]],'
        f'"markers":[],"debug_info_by_pid":{{"10":[],"9":[{infos},{infos}]}}}}'
    )


def test_sorted_as_text_and_stable() -> None:
    metadata = Metadata(
        ("a", "1"),
        [],
        [],
        mapped_symbols={
            9: [MappedModule("2__y", 1), MappedModule("10__x", 2)],
            10: [MappedModule("0__z", 3)],
        },
        mapped_unwind_data={
            9: [
                MappedUnwind("2__y", 8, 0, 0, 0),
                MappedUnwind("10__x", 7, 0, 0, 0),
                MappedUnwind("2__y", 6, 0, 0, 0),
            ]
        },
        path_key_to_path={"2__y": "b", "10__x": "a"},
    )
    document = json.loads(written(metadata))
    assert list(document["mapped_process_module_symbols"]) == ["10", "9"]
    symbols = document["mapped_process_module_symbols"]["9"]
    assert [one["perf_map_key"] for one in symbols] == ["10__x", "2__y"]
    unwinds = document["mapped_process_unwind_data_by_pid"]["9"]
    assert [one["timestamp"] for one in unwinds] == [7, 8, 6]
    assert list(document["path_key_to_path"]) == ["10__x", "2__y"]


TEXT = st.text(st.characters(codec="utf-8"))
U64 = st.integers(0, 2**64 - 1)
INFOS = st.lists(
    st.builds(
        DebugInfo, addr=U64, size=U64, name=TEXT, file=TEXT, line=st.none() | st.integers(0, 2**32)
    )
)


@given(TEXT, INFOS, TEXT, U64)
@settings(max_examples=100)
def test_any_content_is_json(path: str, infos: list[DebugInfo], uri: str, number: int) -> None:
    metadata = Metadata(
        (path, uri),
        [(number, uri)],
        [("SampleStart", number)],
        debug_info={uri: ModuleDebugInfo(path, (number, number), 0, infos)},
    )
    text = written(metadata)
    document = json.loads(text)
    assert json.dumps(document, separators=(",", ":"), ensure_ascii=False) == text
    assert document["integration"] == [path, uri]
    assert document["uri_by_ts"] == [[number, uri]]
    assert document["debug_info"][uri]["debug_infos"] == [one._asdict() for one in infos]


def test_many_debug_infos_stay_whole() -> None:
    infos = [DebugInfo(i, 1, f"f{i}", "a.c", i) for i in range(2500)]
    metadata = Metadata(
        ("a", "1"), [], [], debug_info={"0__a": ModuleDebugInfo("/a", (0, 2500), 0, infos)}
    )
    document = json.loads(written(metadata))
    assert [one["line"] for one in document["debug_info"]["0__a"]["debug_infos"]] == [*range(2500)]
