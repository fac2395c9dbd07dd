"""Names the functions of machine code that stand for Python functions in a run that explains.

The run writes the names beside its profile (`measure/frameworks/pytesting/frames.py`). The program
may have written anything in their place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, load_json, read_document
from rules_codspeed.results.graphs.call_graph import CallGraph, Frame

# With the level of a recursion, as Callgrind writes it.
_STUB = re.compile(r"(python_frame_[0-9a-f]{3})(?:'\d+)?")
_UNKNOWN = "(a Python function)"

PythonFrames = Mapping[str, Frame]
"""The Python function of each function of machine code."""


def read_python_frames(profile: Path, number: int) -> PythonFrames | None:
    """Returns the names of one process; None where its profile explains nothing.

    What is no such document names nothing: all of its functions are `(a Python function)`.

    Args:
      profile: folder of the profile.
      number: of the process.
    """
    file = profile / f"python-frames-{number}.json"
    if not file.exists():
        return None
    try:
        found = load_json(read_document(file, DOCUMENT))
    except (OSError, DocumentError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {stub: frame for stub, value in found.items() if (frame := _frame(value))}


def _frame(value: object) -> Frame | None:
    if not (isinstance(value, list) and len(value) == 3):
        return None
    name, file, line = value
    if not (isinstance(name, str) and isinstance(file, str) and type(line) is int):
        return None
    return Frame(name, file, "", line)


def with_python_names(graph: CallGraph, names: PythonFrames) -> CallGraph:
    """Returns a graph in which Python functions have their names, files and lines."""

    def named(frame: Frame) -> Frame:
        stub = _STUB.fullmatch(frame.name)
        return names.get(stub[1], Frame(_UNKNOWN)) if stub else frame

    return replace(graph, frames=tuple(map(named, graph.frames)))
