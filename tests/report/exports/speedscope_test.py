"""Speedscope files: what the viewer's schema asks for, and no cost lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.report.exports.speedscope import SCHEMA, speedscope
from rules_codspeed.results.graphs.call_graph import Frame
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.graphs.stack_tree import stack_tree

KEY = ("//pkg:bench", "walltime", "a.rs::parse")


def replay(document: Any) -> list[dict[tuple[str, ...], int]]:
    """Returns the self costs of each profile by stack, as the viewer adds them up."""
    names = [frame["name"] for frame in document["shared"]["frames"]]
    profiles = []
    for profile in document["profiles"]:
        stacks: dict[tuple[str, ...], int] = {}
        stack: list[str] = []
        before = profile["startValue"]
        for event in profile["events"]:
            assert event["at"] >= before
            if event["at"] > before:
                stacks[tuple(stack)] = stacks.get(tuple(stack), 0) + event["at"] - before
            before = event["at"]
            if event["type"] == "O":
                stack.append(names[event["frame"]])
            else:
                assert event["type"] == "C"
                assert stack.pop() == names[event["frame"]]
        assert not stack
        assert before == profile["endValue"]
        profiles.append(stacks)
    return profiles


@given(
    st.dictionaries(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=5).map(tuple),
        st.integers(1, 10**6),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=100)
def test_a_viewer_gets_back_the_stacks(stacks: dict[tuple[str, ...], int]) -> None:
    document = json.loads(speedscope("//:suite", {KEY: stack_tree(stacks)}))
    assert replay(document) == [stacks]


def test_a_profile_for_each_event_that_cost_something() -> None:
    frames = (
        Frame("main", "a.c", "prog", 7),
        Frame("", "b.h", "prog", 0, "inlined"),
        Frame("", "", "lib.so"),
    )
    own = [[1, 2, 4], [0, 0, 0], [8, 0, 0]]
    tree = CallTree(("Ir", "L1m", "LLm"), frames, [0, 1, 2], [0, 1, 1], own, 0.0, {})
    document = json.loads(speedscope("//:suite", {KEY: tree}))
    assert document["$schema"] == SCHEMA
    assert (document["name"], document["activeProfileIndex"]) == ("//:suite", 0)
    assert document["shared"]["frames"] == [
        {"name": "main", "file": "a.c", "line": 7},
        {"name": "inlined code (inlined)", "file": "b.h"},
        {"name": "???", "file": "lib.so"},
    ]
    assert [(one["name"], one["unit"], one["endValue"]) for one in document["profiles"]] == [
        ("a.rs::parse (//pkg:bench): Instructions", "none", 7),
        ("a.rs::parse (//pkg:bench): LL misses", "none", 8),
    ]
    assert {one["type"] for one in document["profiles"]} == {"evented"}


def test_names_from_outside_are_text() -> None:
    odd = "\ud800\0</script>"
    document = json.loads(speedscope(odd, {("//a", "m", odd): stack_tree({(odd,): 1})}))
    assert document["shared"]["frames"][0]["name"] == odd
