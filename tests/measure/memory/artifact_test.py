"""Artifacts of memtrack of all versions, damaged ones, and ours."""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.results.memtrack.fold import Fold, Memory, fold_benchmarks
from rules_codspeed.results.message_pack import read_values
from tests.measure.memory.tracing import read_artifact

VECTORS = Path(__file__).parent / "vectors"
# (spec: memory 6.2)
HEAD = (
    "a370696401a37469640ba974696d657374616d70cf00000153170dec46"
    "a461646472cf00007f686cd96000a474797065"
)
COMMON = {"pid": 1, "tid": 11, "timestamp": 1456380701766, "addr": 0x7F686CD96000}


def vector(name: str) -> list[dict[str, Any]]:
    return read_artifact((VECTORS / f"{name}.MemtrackArtifact.msgpack").read_bytes())


def folded(events: list[dict[str, Any]]) -> Memory:
    fold = Fold()
    for event in sorted(events, key=lambda event: event["timestamp"]):
        fold.take(event)
    return fold.memory


def test_calls_that_were_probed_twice() -> None:
    assert folded(vector("dup")) == Memory(peak=562, total=826, calls=4)


def test_artifact_without_old_addresses() -> None:
    assert vector("realloc") == [
        {"pid": 1, "tid": 11, "timestamp": 100, "addr": 16, "type": "Realloc", "size": 42}
    ]
    assert folded(vector("realloc")) == Memory(42, 42, 1)


def test_types_of_later_versions_are_skipped() -> None:
    events = vector("new")
    assert {event["type"] for event in events} >= {"Fork", "Exec", "Exit", "Rss", "Rmap", "Stack"}
    assert folded(events) == Memory(96, 160, 2)
    known = [event for event in events if event["type"] in ("Malloc", "Realloc", "Free")]
    assert folded(known) == folded(events)


@pytest.mark.parametrize(
    ("tail", "more"),
    [
        ("86HEADa64d616c6c6f63a473697a6540", {"type": "Malloc", "size": 64}),
        ("85HEADa446726565", {"type": "Free"}),
        (
            "87HEADa75265616c6c6f63a86f6c645f61646472cd1000a473697a652a",
            {"type": "Realloc", "old_addr": 0x1000, "size": 42},
        ),
        ("86HEADa643616c6c6f63a473697a65cd012c", {"type": "Calloc", "size": 300}),
        (
            "86HEADac416c69676e6564416c6c6f63a473697a65ce00010000",
            {"type": "AlignedAlloc", "size": 65536},
        ),
    ],
)
def test_event(tail: str, more: dict[str, Any]) -> None:
    content = bytes.fromhex(tail.replace("HEAD", HEAD))
    assert list(read_values([content])) == [{**COMMON, **more}]


@pytest.mark.parametrize("name", ["dup", "new", "realloc"])
def test_artifact_that_is_cut_off(name: str) -> None:
    whole = (VECTORS / f"{name}.MemtrackArtifact.msgpack").read_bytes()
    cut = 0
    for size in range(len(whole)):
        try:
            read_artifact(whole[:size])
        except ValueError:
            cut += 1
    # `new` has two frames: without the second one it is whole.
    assert cut == len(whole) - (name == "new")


@given(st.lists(st.integers(0, 1 << 70).map(lambda number: number % (1 << 64))), st.integers(1, 9))
def test_values_may_be_cut_anywhere(numbers: list[int], size: int) -> None:
    content = b"".join(b"\xcf" + struct.pack(">Q", number) for number in numbers)
    blocks = [content[at : at + size] for at in range(0, len(content), size)]
    assert list(read_values([b"", *blocks])) == numbers


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    values = read_values([content])
    try:
        for _ in values:
            pass
    except ValueError as error:
        assert "at byte" in str(error)  # noqa: PT017


def _event(at: int, kind: str, address: int, size: int = 0) -> dict[str, Any]:
    return {"pid": 1, "tid": 1, "timestamp": at, "addr": address, "type": kind, "size": size}


def test_windows() -> None:
    events = [
        _event(5, "Malloc", 1, 1000),  # before all windows
        _event(11, "Malloc", 2, 10),
        _event(12, "Free", 1),  # of an older block: frees nothing
        _event(15, "Malloc", 3, 500),  # between the windows of one benchmark
        _event(21, "Malloc", 4, 20),
        _event(41, "Malloc", 5, 7),
    ]
    markers = [("SampleStart", 10), ("SampleEnd", 13), ("SampleStart", 20), ("SampleEnd", 23)]
    markers += [("SampleStart", 40), ("SampleEnd", 43), ("SampleStart", 60), ("SampleEnd", 61)]
    found = fold_benchmarks(reversed(events), [(30, "a"), (50, "b")], markers)
    assert found == {"a": Memory(30, 30, 2), "b": Memory(7, 7, 1)}


@pytest.mark.parametrize("end", ["Exit", "Exec", "Fork"])
@pytest.mark.parametrize("at", [12, 15])
def test_process_id_that_is_used_again(end: str, at: int) -> None:
    # The same block as before, in another process: not the second probe of one call.
    events = [_event(11, "Malloc", 1, 100), _event(at, end, 0), _event(21, "Malloc", 1, 100)]
    markers = [("SampleStart", 10), ("SampleEnd", 13), ("SampleStart", 20), ("SampleEnd", 23)]
    found = fold_benchmarks(events, [(30, "a")], markers)
    assert found == {"a": Memory(100, 200, 2)}


@given(st.randoms(use_true_random=False))
def test_events_out_of_order(random: Random) -> None:
    events = [
        _event(2 * at + kind, ("Malloc", "Free")[kind], at % 7, 10 + at)
        for at in range(30)
        for kind in range(2)
    ]
    expected = Memory(39, sum(range(10, 40)), 30)
    shuffled = random.sample(events, len(events))
    for order in (events, shuffled):
        found = fold_benchmarks(order, [(99, "a")], [("SampleStart", 0), ("SampleEnd", 90)])
        assert found == {"a": expected}


@pytest.mark.parametrize(
    "damage", [{"timestamp": None}, {"size": "1"}, {"size": -500}, {"size": True}, {"addr": None}]
)
def test_damaged_event(damage: dict[str, Any]) -> None:
    event = {**_event(11, "Malloc", 1, 10), **damage}
    with pytest.raises(ValueError, match="not a number"):
        fold_benchmarks([event], [(30, "a")], [("SampleStart", 10), ("SampleEnd", 20)])
