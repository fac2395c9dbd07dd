"""Which profiles become the flame graphs of a report."""

from __future__ import annotations

import json
from pathlib import Path

from rules_codspeed.command.reporting import Profile, Story
from rules_codspeed.results.model import SCHEMA, Results

STACKS = {
    "schema": 1,
    "frames": [["main", "program"], ["grow", "program"]],
    "benchmarks": [
        {"uri": "a", "depths": [0, 1], "nodes": [0, 1], "total": [8, 64], "calls": [1, 2]},
        {"uri": "nothing", "depths": [], "nodes": [], "total": [], "calls": []},
    ],
}


def test_where_memory_is_allocated(tmp_path: Path) -> None:
    (tmp_path / "allocation_stacks.json").write_text(json.dumps(STACKS))
    profile = Profile("//pkg:bench", "memory", tmp_path)
    trees = Story("//:suite", Results(SCHEMA, [], []), [profile]).call_trees()
    (tree,) = trees.values()
    assert list(trees) == [("//pkg:bench", "memory", "a")]
    assert tree.events == ("bytes", "allocations")
    assert tree.totals() == (72, 3)
    assert [tree.frames[node].name for node in tree.nodes] == ["main", "grow"]


def test_memory_without_stacks(tmp_path: Path) -> None:
    profile = Profile("//pkg:bench", "memory", tmp_path)
    assert Story("//:suite", Results(SCHEMA, [], []), [profile]).call_trees() == {}
