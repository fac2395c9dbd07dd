"""Call trees for the viewer speedscope (its file format, version 0.0.1: evented profiles)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.report.exports import Measured
from rules_codspeed.results.changes import Key
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.modes.registry import label

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
"""Names the format; nothing is fetched from there."""


def export(run: Measured, path: Path) -> None:
    """Writes the call trees of a run; raises CodSpeedError for a bad profile, OSError."""
    content = speedscope(run.suite, run.call_trees())
    with output_file(path) as file:
        file.write(content)


def speedscope(suite: str, trees: Mapping[Key, CallTree]) -> bytes:
    """Returns a file with one profile for each benchmark and event that cost something.

    Args:
      suite: label of the suite, the name of the file in the viewer.
      trees: by benchmark.
    """
    frames: dict[Frame, int] = {}
    profiles = [
        profile for key, tree in sorted(trees.items()) for profile in _profiles(key, tree, frames)
    ]
    document = {
        "$schema": SCHEMA,
        "exporter": "rules_codspeed",
        "name": suite,
        "activeProfileIndex": 0,
        "shared": {"frames": list(map(_frame, frames))},
        "profiles": profiles,
    }
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def _profiles(key: Key, tree: CallTree, frames: dict[Frame, int]) -> Iterator[dict[str, object]]:
    target, _, uri = key
    numbers = [frames.setdefault(frame, len(frames)) for frame in tree.frames]
    for event, own in zip(tree.events, tree.self_costs, strict=True):
        total = sum(own)
        if total:
            yield {
                "type": "evented",
                "name": f"{uri} ({target}): {label(event)}",
                "unit": "none",
                "startValue": 0,
                "endValue": total,
                "events": _events(tree, own, numbers),
            }


def _events(tree: CallTree, own: list[int], numbers: list[int]) -> list[dict[str, object]]:
    """Returns where each node begins and ends, on a line as long as all costs together."""
    events: list[dict[str, object]] = []
    at = 0
    path: list[int] = []
    for node, depth, cost in zip(tree.nodes, tree.depths, own, strict=True):
        while len(path) > depth:
            events.append({"type": "C", "frame": path.pop(), "at": at})
        path.append(numbers[node])
        events.append({"type": "O", "frame": path[-1], "at": at})
        at += cost
    while path:
        events.append({"type": "C", "frame": path.pop(), "at": at})
    return events


def _frame(frame: Frame) -> dict[str, object]:
    name = frame.name or ("inlined code" if frame.kind == "inlined" else "???")
    made: dict[str, object] = {"name": f"{name} (inlined)" if frame.kind == "inlined" else name}
    if frame.file or frame.object:
        made["file"] = frame.file or frame.object
    if frame.line:
        made["line"] = frame.line
    return made
