"""Call stacks of allocations, from the program to the trees of the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.data.allocation_stacks import FILE
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.memory.functions import Functions
from rules_codspeed.results.graphs.allocation_trees import allocation_trees
from rules_codspeed.results.graphs.call_tree import CallTree
from tests.measure.memory.memory_target import Make, numbers
from tests.measure.target import Ended, same

Compile = Callable[..., Path]
Stack = tuple[str, ...]
WHOLE = "exec_harness::pkg:bench"

pytestmark = pytest.mark.usefixtures("stage")


def _stacks(tree: CallTree) -> dict[Stack, tuple[int, int]]:
    """Bytes and number of allocations by stack, the outermost function first."""
    path: list[str] = []
    found = {}
    for node, (frame, depth) in enumerate(zip(tree.nodes, tree.depths, strict=True)):
        path[depth:] = [tree.frames[frame].name]
        total, calls = (column[node] for column in tree.self_costs)
        if calls:
            found[tuple(path)] = total, calls
    return found


def _trees(ended: Ended) -> dict[str, CallTree]:
    return allocation_trees(ended.succeeded().folder / "profile")


def _below(stacks: dict[Stack, tuple[int, int]], *functions: str) -> tuple[int, int]:
    """The one stack whose innermost functions are these."""
    ends = {stack: one for stack, one in stacks.items() if stack[-len(functions) :] == functions}
    assert len(ends) == 1, sorted(stacks)
    return ends.popitem()[1]


@pytest.mark.parametrize("flag", ["-fomit-frame-pointer", "-fno-omit-frame-pointer"])
def test_native(whole: Make, compile_program: Compile, flag: str) -> None:
    target = whole(compile_program("stacks", "-O2", flag))
    first, second = target.run("first"), target.run("second")
    same(first, second)
    stacks = _stacks(_trees(first)[WHOLE])
    inner = ("deeper", "innermost")
    assert _below(stacks, "main", *["deeper"] * 4, "innermost") == (10, 1)
    assert _below(stacks, "main", "of_any_size", *inner) == (100, 1)
    # In a thread, whose stack is another one.
    ((of_thread, _),) = [item for item in stacks.items() if item[1] == (7, 1)]
    assert of_thread[-3:] == ("deeper", *inner)
    assert "main" not in of_thread
    assert any(stack[-2] == "by_operators" for stack in stacks if len(stack) > 1)
    # Too deep: what is next to the allocation is kept.
    deep = [stack for stack in stacks if len(stack) > 100]
    assert [(len(one), one[0], one[-1]) for one in deep] == [(128, "deeper", "innermost")]
    (found,) = numbers(first).values()
    assert [sum(column) for column in zip(*stacks.values(), strict=True)] == [
        found["total"],
        found["calls"],
    ]


def test_each_setting_has_the_same_numbers(
    whole: Make, python: Make, compile_program: Compile
) -> None:
    source = "def test_one(benchmark):\n    benchmark(lambda: [[i] * 9 for i in range(500)])\n"
    found = {}
    for setting in ("none", "sampled", "full"):
        native = whole(compile_program("stacks"), folder=f"n{setting}", memory_stacks=setting)
        interpreted = python(
            source, folder=f"p{setting}", memory_stacks=setting, env={"PYTHONMALLOC": "malloc"}
        )
        ended = [native.run(), interpreted.run()]
        found[setting] = [
            (numbers(one), one.profile["results/1.MemtrackArtifact.msgpack"]) for one in ended
        ]
        trees = {uri: tree for one in ended for uri, tree in _trees(one).items()}
        assert len(trees) == (0 if setting == "none" else 2)
        # Those of sampled stacks stand for the others, too.
        for metrics, _ in found[setting]:
            for uri, one in metrics.items():
                if uri in trees:
                    assert trees[uri].totals() == (one["total"], one["calls"])
    assert found["none"] == found["sampled"] == found["full"]


def test_python(python: Make) -> None:
    source = """
def make(size):
    return bytearray(size)

class Kept:
    def fill(self, size):
        self.text = make(size)

def test_large(benchmark):
    benchmark(lambda: Kept().fill(1_000_000))
"""
    ended = python(source).run()
    stacks = _stacks(_trees(ended)["pkg/bench_a.py::test_large"])
    ((stack, (total, calls)),) = [item for item in stacks.items() if item[1][0] > 1_000_000 - 1]
    assert "__codspeed_root_frame__" in stack[0]
    names = [one for one in stack if "bench_a.py" in one]
    assert names[-2:] in (
        ["Kept.fill (pkg/bench_a.py:6)", "make (pkg/bench_a.py:2)"],
        ["fill (pkg/bench_a.py:6)", "make (pkg/bench_a.py:2)"],  # 3.10 knows no qualified names
    )
    assert calls == 1
    assert total < 1_020_000
    assert "/tmp/" not in ended.profile[FILE].decode()


def test_functions_of_what_is_no_program(tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in (b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 100):
        file.write_bytes(content)
        assert Functions(str(file)).name(0x1000) == ""
    assert Functions(str(tmp_path / "missing")).name(0) == ""


def _document(**changes: object) -> dict[str, object]:
    one = {"uri": "a", "depths": [0, 1], "nodes": [0, 1], "total": [0, 5], "calls": [0, 1]}
    return {"schema": 1, "frames": [["f", ""], ["g", "lib"]], "benchmarks": [{**one, **changes}]}


def test_a_document(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(_document()))
    assert _stacks(allocation_trees(tmp_path)["a"]) == {("f", "g"): (5, 1)}
    assert allocation_trees(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"depths": [0, 2]},
        {"depths": [1, 0]},
        {"depths": [0]},
        {"depths": [0, -1]},
        {"nodes": [0, 2]},
        {"calls": [0, "1"]},
        {"uri": None},
    ],
)
def test_a_damaged_document(tmp_path: Path, changes: dict[str, object]) -> None:
    (tmp_path / FILE).write_text(json.dumps(_document(**changes)))
    with pytest.raises(CodSpeedError, match="the call stacks of allocations cannot be used"):
        allocation_trees(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"schema": 1, "frames": [["f"]], "benchmarks": []}']
)
def test_no_document(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CodSpeedError, match="build the suite again"):
        allocation_trees(tmp_path)
