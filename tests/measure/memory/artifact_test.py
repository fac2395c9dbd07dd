"""Artifacts of memtrack of all versions, damaged ones, and ours."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.results.memtrack.fold import Fold, Memory, fold_benchmarks
from rules_codspeed.results.memtrack.message_pack import read_values
from tests.measure.memory.tracing import read_artifact

VECTORS = Path(__file__).parent / "vectors"
# (spec: memory 6.2)
HEAD = "a370696401a37469640ba974696d657374616d70cf00000153170dec46a461646472cf00007f686cd96000a474797065"
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
    assert list(read_values(io.BytesIO(content))) == [{**COMMON, **more}]


@pytest.mark.parametrize("name", ["dup", "new"])
def test_artifact_that_is_cut_off(name: str) -> None:
    import zstandard

    whole = (VECTORS / f"{name}.MemtrackArtifact.msgpack").read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(whole, read_across_frames=True) as stream:
        plain = stream.read()
    count = len(list(read_values(io.BytesIO(plain))))
    for size in range(len(plain)):
        found = 0
        try:
            for _ in read_values(io.BytesIO(plain[:size])):
                found += 1
        except ValueError as error:
            assert "at byte" in str(error)  # noqa: PT017
        assert found < count


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    values = read_values(io.BytesIO(content))
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


@pytest.mark.parametrize("damage", [{"timestamp": None}, {"size": "1"}, {"addr": None}])
def test_damaged_event(damage: dict[str, Any]) -> None:
    event = {**_event(11, "Malloc", 1, 10), **damage}
    with pytest.raises(ValueError, match="not a number"):
        fold_benchmarks([event], [(30, "a")], [("SampleStart", 10), ("SampleEnd", 20)])
