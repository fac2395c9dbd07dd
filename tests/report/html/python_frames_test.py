"""Names of Python functions in the graph of a run that explains."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rules_codspeed.results.graphs.call_graph import Call, CallGraph, Frame
from rules_codspeed.results.graphs.python_frames import read_python_frames, with_python_names

GRAPH = CallGraph(
    ("Ir",),
    (
        Frame("python_frame_00a", "", "libpython_frames.so"),
        Frame("python_frame_00a'2", "", "libpython_frames.so"),
        Frame("python_frame_fff", "", "libpython_frames.so"),
        Frame("malloc", "malloc.c", "libc.so.6"),
    ),
    ([4], [3], [2], [1]),
    ({1: Call(1, [3])}, {}, {}, {}),
)


def test_functions_have_name_file_and_line(tmp_path: Path) -> None:
    names = {"python_frame_00a": ["pkg.module.Class.method", "pkg/module.py", 12]}
    (tmp_path / "python-frames-1.json").write_text(json.dumps(names))
    found = read_python_frames(tmp_path, 1)
    assert found is not None
    python = Frame("pkg.module.Class.method", "pkg/module.py", "", 12)
    frames = with_python_names(GRAPH, found).frames
    assert frames == (python, python, Frame("(a Python function)"), GRAPH.frames[3])


def test_a_profile_of_a_measurement_explains_nothing(tmp_path: Path) -> None:
    assert read_python_frames(tmp_path, 1) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"python_frame_00a": 3}', '{"python_frame_00a": ["a", 1, 2]}', "\xff"],
)
def test_what_a_program_wrote_in_its_place_names_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "python-frames-1.json").write_bytes(text.encode("latin-1"))
    found = read_python_frames(tmp_path, 1)
    assert found == {}
    assert with_python_names(GRAPH, found).frames[0] == Frame("(a Python function)")
