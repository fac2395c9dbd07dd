"""Call stacks of allocations: the numbers of the channel's tree, turned into functions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from rules_codspeed.contract.data.allocation_stacks import FILE, NO_STACK
from rules_codspeed.measure.memory.channel import PYTHON_PLACE, Channel, Weight
from rules_codspeed.measure.memory.functions import Functions
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.root import path_outside

_Frame = tuple[str, str]

# Name of the function of CodSpeed's integrations that calls the code of a benchmark.
_ROOT = "__codspeed_root_frame__"


class _Tree:
    """A frame below others, with what was allocated by stacks that end in it."""

    __slots__ = ("below", "calls", "total")

    def __init__(self) -> None:
        self.total = 0
        self.calls = 0
        self.below: dict[_Frame, _Tree] = {}


class Stacks:
    """Names the frames of stacks while the files that they are in are still there."""

    def __init__(self, channel: Channel, names: Names, root: str) -> None:
        """Prepares; `root` is the folder of a pinned root, or empty."""
        self._channel = channel
        self._names = names
        self._root = root
        self._functions: dict[int, Functions] = {}
        self._known: dict[int, tuple[_Frame, ...]] = {}

    def write(self, folder: str, weights: Mapping[str, Sequence[Weight]]) -> None:
        """Writes the file of allocation stacks: see `contract.data.allocation_stacks`.

        Args:
          folder: to write it to.
          weights: of each benchmark, by URI.

        Raises:
          OSError: it cannot be written.
        """
        frames: dict[_Frame, int] = {}
        benchmarks = [
            {"uri": uri, **_columns(self._tree(found), frames)}
            for uri, found in sorted(weights.items())
        ]
        document = {"schema": 1, "frames": list(frames), "benchmarks": benchmarks}
        with open(f"{folder}/{FILE}", "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")

    def _tree(self, weights: Sequence[Weight]) -> _Tree:
        root = _Tree()
        for one in weights:
            node = root
            for frame in _from_root(self._stack(one.node)) or ((NO_STACK, ""),):
                node = node.below.setdefault(frame, _Tree())
            node.total += one.total
            node.calls += one.calls
        return root

    def _stack(self, number: int) -> tuple[_Frame, ...]:
        """Returns the frames of a node, the outermost first."""
        waiting = []
        while number and number not in self._known:
            waiting.append(number)
            number = self._channel.node(number).caller
        stack = self._known.get(number, ())
        for one in reversed(waiting):
            stack = self._known[one] = (*stack, self._frame(one))
        return stack

    def _frame(self, number: int) -> _Frame:
        node = self._channel.node(number)
        text = self._channel.place(node.place)
        if text.startswith(PYTHON_PLACE):
            return self._plain(text.removeprefix(PYTHON_PLACE)), ""
        path = os.fsdecode(text)
        if node.place not in self._functions:
            self._functions[node.place] = Functions(path_outside(self._root, path))
        base = self._plain(text).rpartition("/")[2]
        return self._functions[node.place].name(node.address) or f"{base}+{node.address:#x}", base

    def _plain(self, text: bytes) -> str:
        return self._names.text(text).decode("utf-8", "replace")


def _from_root(stack: tuple[_Frame, ...]) -> tuple[_Frame, ...]:
    """Returns the part of a stack that belongs to the benchmark's own code."""
    for depth, (name, _) in enumerate(stack):
        if _ROOT in name:
            return stack[depth:]
    return stack


def _columns(tree: _Tree, frames: dict[_Frame, int]) -> dict[str, Any]:
    """Returns the nodes of a tree, callers first; their frames get numbers."""
    columns: dict[str, list[int]] = {"depths": [], "nodes": [], "total": [], "calls": []}
    waiting = [(0, *one) for one in sorted(tree.below.items(), reverse=True, key=_by_frame)]
    while waiting:
        depth, frame, node = waiting.pop()
        columns["depths"].append(depth)
        columns["nodes"].append(frames.setdefault(frame, len(frames)))
        columns["total"].append(node.total)
        columns["calls"].append(node.calls)
        below = sorted(node.below.items(), reverse=True, key=_by_frame)
        waiting += [(depth + 1, *one) for one in below]
    return columns


def _by_frame(item: tuple[_Frame, _Tree]) -> _Frame:
    return item[0]
