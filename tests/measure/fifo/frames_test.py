"""The control stream: split, garbled, oversized and abandoned frames."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.fifo.frames import (
    Abandoned,
    Decoder,
    Frame,
    Oversized,
    Undecodable,
    Unreadable,
)
from rules_codspeed.measure.fifo.protocol import (
    Command,
    CurrentBenchmark,
    SetIntegration,
    SetVersion,
    StartBenchmark,
    StopBenchmark,
    encode,
)

LIMIT = 8 << 20
START, STOP = encode(StartBenchmark()), encode(StopBenchmark())
COMMANDS: list[Command] = [
    StartBenchmark(),
    StopBenchmark(),
    SetVersion(2),
    CurrentBenchmark(7, "a.py::b[é]"),
    SetIntegration("x", "1"),
]


@given(st.lists(st.sampled_from(COMMANDS), max_size=8), st.lists(st.integers(0, 200), max_size=12))
@settings(max_examples=300)
def test_commands_survive_any_split(commands: list[Command], cuts: list[int]) -> None:
    stream = b"".join(map(encode, commands))
    ends = sorted({min(cut, len(stream)) for cut in cuts} | {len(stream)})
    decoder, start = Decoder(), 0
    found: list[Frame] = []
    for end in ends:
        found += decoder.feed(stream[start:end])
        start = end
    assert found == commands
    assert not decoder.is_inside_frame


@given(st.lists(st.tuples(st.binary(max_size=64), st.booleans()), max_size=10))
@settings(max_examples=500)
def test_any_bytes(blocks: list[tuple[bytes, bool]]) -> None:
    decoder = Decoder()
    for data, silence in blocks:
        decoder.feed(data, silence)
    # After all that, and the silence of a client that waits in vain, commands are understood.
    if decoder.is_inside_frame:
        assert decoder.feed(START, after_silence=True)[-1:] == [StartBenchmark()]
    assert decoder.feed(STOP) == [StopBenchmark()]


def test_name_that_is_not_utf_8() -> None:
    frame = encode(CurrentBenchmark(7, "xyz")).replace(b"yz", b"\xff\n")
    assert Decoder().feed(frame + START) == [Unreadable("'x\\xff\\n'"), StartBenchmark()]


def test_stream_goes_on_behind_what_is_no_command() -> None:
    bad = struct.pack("<II", 4, 77)
    empty = struct.pack("<I", 0)
    found = Decoder().feed(bad + START + empty + STOP)
    assert found == [
        Undecodable("no command has the index 77"),
        StartBenchmark(),
        Undecodable("0 bytes are too few"),
        StopBenchmark(),
    ]


@pytest.mark.parametrize("block", [LIMIT * 2, 65536])
def test_too_long_frame_is_skipped_as_far_as_it_reaches(block: int) -> None:
    uri = "u" * LIMIT
    stream = encode(CurrentBenchmark(1, uri)) + START
    decoder = Decoder()
    found: list[Frame] = []
    for i in range(0, len(stream), block):
        found += decoder.feed(stream[i : i + block])
    assert found == [Oversized(LIMIT + 16), StartBenchmark()]


def test_longest_frame() -> None:
    command = CurrentBenchmark(1, "u" * (LIMIT - 16))
    assert Decoder().feed(encode(command)) == [command]


def test_garbage_as_length_ends_with_the_silence() -> None:
    decoder = Decoder()
    assert decoder.feed(b"GARBAGE!") == [Oversized(struct.unpack("<I", b"GARB")[0])]
    assert decoder.feed(START) == []
    assert decoder.feed(START, after_silence=True) == [Abandoned(12), StartBenchmark()]


def test_client_that_dies_between_length_and_payload() -> None:
    decoder = Decoder()
    assert decoder.feed(START[:4]) == []
    # The next one writes length and payload separately, as the hooks library does.
    assert decoder.feed(STOP[:4], after_silence=True) == [Abandoned(4)]
    assert decoder.feed(STOP[4:]) == [StopBenchmark()]


@pytest.mark.parametrize("command", COMMANDS)
def test_client_that_is_slow_between_length_and_payload(command: Command) -> None:
    frame = encode(command)
    decoder = Decoder()
    assert decoder.feed(frame[:4]) == []
    assert decoder.feed(frame[4:], after_silence=True) == [command]


def test_silence_between_frames_means_nothing() -> None:
    decoder = Decoder()
    assert decoder.feed(START, after_silence=True) == [StartBenchmark()]
    assert decoder.feed(b"", after_silence=True) == []


def test_memory_is_bounded_while_a_frame_is_skipped() -> None:
    decoder = Decoder()
    decoder.feed(b"\xff\xff\xff\xff")
    for _ in range(50):
        assert decoder.feed(bytes(1 << 20)) == []
    assert len(decoder._buffer) == 0
