"""Traces: the vectors, damaged ones, and generated ones."""

from __future__ import annotations

import contextlib
import io
import re
import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.results.tracegrind.fold import Fold, Window, fold
from rules_codspeed.results.tracegrind.lz4_block import decompress
from rules_codspeed.results.tracegrind.rows import Trace

VECTORS = Path(__file__).parents[1] / "results" / "testdata" / "tracegrind"
Said = dict[str, int]


def read(content: bytes) -> tuple[Trace, Fold]:
    trace = Trace(io.BytesIO(content))
    return trace, fold(trace)


def vector(name: str) -> bytes:
    return (VECTORS / f"{name}.tgtrace").read_bytes()


def said(trace: Trace, window: Window) -> tuple[str, int, int, Said, Said]:
    """Returns text, total, cost outside, and self and inclusive cost of the only counter."""
    own = {trace.name(frame[0]): costs[0] for frame, costs in window.own.items()}
    inclusive = {trace.name(frame[0]): costs[0] for frame, costs in window.inclusive.items()}
    return trace.name(window.text), window.totals[0], window.outside[0], own, inclusive


ONE = (
    "a.c::one",
    35,
    3,
    {"work": 7, "square": 5, "leaf": 20},
    {"work": 32, "square": 5, "leaf": 20},
)
TWO = ("a.c::two", 8, 2, {"work": 6}, {"work": 6})
METADATA: tuple[str, int, int, Said, Said] = ("Metadata: demo 1.0", 0, 0, {}, {})


@pytest.mark.parametrize(
    ("name", "version", "truncated"),
    [
        ("a-v3", 3, False),
        ("a-v4", 4, False),
        ("a-v4-literal", 4, False),
        ("a-v4-noend", 4, True),
        ("a-v5", 5, False),
    ],
)
def test_one_trace_in_all_versions(name: str, version: int, truncated: bool) -> None:
    trace, found = read(vector(name))
    assert (trace.version, trace.truncated, trace.counters) == (version, truncated, ["Ir"])
    assert [said(trace, one) for one in found.windows] == [METADATA, ONE, TWO]
    assert said(trace, found.rest) == ("", 0, 0, {}, {})
    inlined = {trace.name(frame[0]) for window in found.windows for frame in window.own if frame[3]}
    assert inlined == {"square"}


def test_rows_before_a_cut_belong_to_no_benchmark() -> None:
    trace, found = read(vector("a-v4-cut"))
    assert trace.truncated
    assert [said(trace, one) for one in found.windows] == [METADATA]
    inclusive = {"work": 8, "square": 5}
    assert said(trace, found.rest) == ("", 11, 3, {"work": 3, "square": 5}, inclusive)


def test_threads_and_a_fork() -> None:
    trace, found = read(vector("b-v4-threads"))
    own = {"thread_fn": 50, "m": 9}
    assert [said(trace, one) for one in found.windows] == [
        ("w", 0, 0, {}, {}),
        ("b::t", 60, 1, own, own),
    ]
    assert found.windows[1].forks == [4243]


def test_counters_that_start_again_without_wrapping() -> None:
    trace, found = read(vector("d-v4-restart"))
    assert [said(trace, one)[:3] for one in found.windows[1:]] == [
        ("a.c::one", 35, 3),
        ("a.c::two", 46, 40),
    ]


def test_names_without_their_table() -> None:
    content = vector("a-v5")
    table = content.index(bytes.fromhex("1c0000801e000000"))
    trace, found = read(content[:table])
    assert trace.truncated
    assert said(trace, found.windows[1])[:4] == (
        "a.c::one",
        35,
        3,
        {"#0": 7, "#3": 5, "#4": 20},
    )


@pytest.mark.parametrize("name", ["a-v3", "a-v4", "a-v5", "b-v4-threads"])
def test_every_cut_is_noticed(name: str) -> None:
    content = vector(name)
    schema_end = 16 + struct.unpack_from("<I", content, 12)[0]
    for end in range(len(content)):
        is_truncated = False
        with contextlib.suppress(ValueError):
            is_truncated = read(content[:end])[0].truncated
        # Without its schema it cannot be read at all.
        assert is_truncated == (end >= schema_end)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: b"", "not a trace of tracegrind: it does not start with 'TGMP' (byte 0)"),
        (
            lambda text: b"TGMP\2\0\0\0" + text[8:],
            "version 2 of the format; known are 3, 4, 5 (byte 4)",
        ),
        (lambda text: text[:8], "the file ends before its schema; it is truncated (byte 8)"),
        (lambda text: text[:8] + b"\xff" * 8, "a chunk of more than 33,554,432 bytes (byte 8)"),
        (lambda text: text + b"x", "something after the end marker (byte 423)"),
    ],
)
def test_damage(change: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        read(change(vector("a-v4")))


# Generated traces.


def literal(content: bytes) -> bytes:
    """Returns a chunk whose block has literals only."""
    length, more = len(content), b""
    if length >= 15:
        left = length - 15
        more = b"\xff" * (left // 255) + bytes([left % 255])
    block = bytes([min(length, 15) << 4]) + more + content
    return struct.pack("<II", len(content), len(block)) + block


def packed(value: Any) -> bytes:
    """Encodes a value in MessagePack."""
    if isinstance(value, int):
        return b"\xcf" + struct.pack(">Q", value)
    if isinstance(value, str):
        data = value.encode()
        return b"\xdb" + struct.pack(">I", len(data)) + data
    if isinstance(value, list):
        return b"\xdd" + struct.pack(">I", len(value)) + b"".join(map(packed, value))
    pairs = b"".join(packed(key) + packed(one) for key, one in value.items())
    return b"\xdf" + struct.pack(">I", len(value)) + pairs


def written(version: int, rows: Sequence[list[Any]], cut: int) -> bytes:
    """Writes a trace with the counters Ir and Dr, in chunks of `cut` rows."""
    columns = ["seq", "tid", "event", "fn", "obj", "file", "line"]
    schema: dict[str, Any] = {"version": version, "format": "tracegrind-msgpack"}
    own: dict[str, Any] = {"event_schemas": {"1": [*columns, "Ir", "Dr"]}} if version == 3 else {}
    schema |= own or {"counters": ["Ir", "Dr"]}
    table: dict[str, int] = {}
    lines = []
    for number, row in enumerate(rows, start=1):
        row = [number, *row]
        if len(row) > 4:
            if version == 5:
                row[3:6] = [table.setdefault(name, len(table)) for name in row[3:6]]
            row = [*row[:7], *row[7]] if version == 3 else row
        lines.append(packed(row))
    chunks = [b"".join(lines[at : at + cut]) for at in range(0, len(lines), cut)]
    text = b"".join(map(literal, [packed(schema), *chunks]))
    if version == 5:
        strings = literal(packed(list(table)))
        text += struct.pack("<I", struct.unpack("<I", strings[:4])[0] | 1 << 31) + strings[4:]
    return b"TGMP" + struct.pack("<I", version) + text + bytes(8)


NAMES = st.sampled_from(["main", "work", "é<int>"])
STEP = st.tuples(
    st.integers(1, 3),
    st.sampled_from([1, 2, 3, 4, 9]),
    NAMES,
    st.integers(0, 99),
    st.integers(0, 9),
)


@given(
    st.lists(st.lists(STEP, max_size=12), min_size=1, max_size=4),
    st.sampled_from([3, 4, 5]),
    st.integers(1, 20),
    st.booleans(),
)
@settings(max_examples=80)
def test_what_is_written_is_read(
    windows: list[list[tuple[int, int, str, int, int]]], version: int, cut: int, restarts: bool
) -> None:
    rows: list[list[Any]] = []
    expected = []
    before: dict[int, tuple[int, int]] = {}  # of each thread, the tool's remembered counters
    for number, window in enumerate(windows):
        stacks: dict[int, list[str]] = {}
        counters: dict[int, tuple[int, int]] = {}
        own: Counter[str] = Counter()
        inclusive: Counter[str] = Counter()
        # At a stop all functions are left, and a start sets the counters to zero.
        steps = list(window)
        for tid, event, name, first, second in steps:
            if event == 9:
                rows.append([tid, 9, "what it is nobody knows"])
                continue
            stack = stacks.setdefault(tid, [])
            last = counters.get(tid, (0, 0) if restarts else before.get(tid, (0, 0)))
            now = last[0] + first, last[1] + second
            old = before.get(tid, (0, 0))
            deltas = [(one - other) % 2**64 for one, other in zip(now, old, strict=True)]
            before[tid] = counters[tid] = now
            rows.append([tid, event, name, "/b", "/w/a.c", 0, deltas])
            own[stack[-1] if stack else ""] += first
            inclusive.update(dict.fromkeys(set(stack), first))
            if event in (1, 3):
                stack.append(f"{name}{event}")
            elif stack:
                stack.pop()
        for tid, stack in stacks.items():
            while stack:
                stack.pop()
                rows.append([tid, 2, "?", "/b", "/w/a.c", 0, [0, 0]])
        rows.append([1, 0, f"x::{number}"])
        expected.append((f"x::{number}", own.total(), +own, +inclusive))
        if not restarts:
            # One that does not stop has no second window that can be told from a restart.
            break
    trace, found = read(written(version, rows, cut))
    assert not trace.truncated
    assert [
        (
            trace.name(one.text),
            one.totals[0],
            +Counter({"": one.outside[0], **names(trace, one.own)}),
            +Counter(names(trace, one.inclusive)),
        )
        for one in found.windows
    ] == expected


def names(trace: Trace, costs: dict[Any, list[int]]) -> Said:
    return {f"{trace.name(one[0])}{3 if one[3] else 1}": cost[0] for one, cost in costs.items()}


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(1, 300), st.integers(1, 300))))
def test_blocks_of_lz4(sequences: list[tuple[bytes, int, int]]) -> None:
    block, content = bytearray(), bytearray()
    for literals, distance, length in sequences:
        if not len(content) + len(literals):
            continue
        content += literals
        distance, length = min(distance, len(content)), max(4, length)
        block += token(len(literals), length - 4) + literals + struct.pack("<H", distance)
        block += rest(length - 4)
        for _ in range(length):
            content.append(content[-distance])
    block += token(5, 0) + b"12345"
    content += b"12345"
    assert decompress(bytes(block), len(content)) == content
    for size in (len(content) - 1, len(content) + 1):
        with pytest.raises(ValueError, match="LZ4 block"):
            decompress(bytes(block), size)
    with pytest.raises(ValueError, match="LZ4 block"):
        decompress(bytes(block[:-1]), len(content))


def token(literals: int, match: int) -> bytes:
    return bytes([min(literals, 15) << 4 | min(match, 15)]) + rest(literals)


def rest(length: int) -> bytes:
    left = length - 15
    return b"" if left < 0 else b"\xff" * (left // 255) + bytes([left % 255])
