"""Commands as bytes: all vectors (spec: hooks-fifo 5), and bytes that are not a command."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.fifo.protocol import (
    Ack,
    AddMarker,
    Command,
    CurrentBenchmark,
    Err,
    GetIntegrationMode,
    IntegrationMode,
    IntegrationModeResponse,
    Marker,
    MarkerKind,
    PingPerf,
    SetIntegration,
    SetVersion,
    StartBenchmark,
    StopBenchmark,
    decode,
    encode,
)

VECTORS: list[tuple[Command, str]] = [
    (
        CurrentBenchmark(12345, "a.py::b"),
        "17000000 00000000 39300000 0700000000000000 612e70793a3a62",
    ),
    (StartBenchmark(), "04000000 01000000"),
    (StopBenchmark(), "04000000 02000000"),
    (Ack(), "04000000 03000000"),
    (PingPerf(), "04000000 04000000"),
    (
        SetIntegration("my-harness", "1.2.3"),
        "23000000 05000000 0a00000000000000 6d792d6861726e657373 0500000000000000 312e322e33",
    ),
    (Err(), "04000000 06000000"),
    (
        AddMarker(12345, Marker(MarkerKind.SAMPLE_START, 1000)),
        "14000000 07000000 39300000 00000000 e803000000000000",
    ),
    (
        AddMarker(12345, Marker(MarkerKind.SAMPLE_END, 2000)),
        "14000000 07000000 39300000 01000000 d007000000000000",
    ),
    (
        AddMarker(12345, Marker(MarkerKind.BENCHMARK_START, 3000)),
        "14000000 07000000 39300000 02000000 b80b000000000000",
    ),
    (
        AddMarker(12345, Marker(MarkerKind.BENCHMARK_END, 4000)),
        "14000000 07000000 39300000 03000000 a00f000000000000",
    ),
    (SetVersion(2), "0c000000 08000000 0200000000000000"),
    (GetIntegrationMode(), "04000000 09000000"),
    (IntegrationModeResponse(IntegrationMode.WALLTIME), "08000000 0a000000 00000000"),
    (IntegrationModeResponse(IntegrationMode.SIMULATION), "08000000 0a000000 01000000"),
    (IntegrationModeResponse(IntegrationMode.ANALYSIS), "08000000 0a000000 02000000"),
]

PIDS = st.integers(-(1 << 31), (1 << 31) - 1)
LONGS = st.integers(0, (1 << 64) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(CurrentBenchmark, PIDS, TEXTS),
    st.builds(SetIntegration, TEXTS, TEXTS),
    st.builds(AddMarker, PIDS, st.builds(Marker, st.sampled_from(MarkerKind), LONGS)),
    st.builds(SetVersion, LONGS),
    st.builds(IntegrationModeResponse, st.sampled_from(IntegrationMode)),
    st.sampled_from(
        [StartBenchmark(), StopBenchmark(), Ack(), PingPerf(), Err(), GetIntegrationMode()]
    ),
)


@pytest.mark.parametrize(("command", "frame"), VECTORS)
def test_vectors(command: Command, frame: str) -> None:
    assert encode(command) == bytes.fromhex(frame)
    assert decode(bytes.fromhex(frame)[4:]) == command


@given(COMMANDS, st.binary(max_size=9))
@settings(max_examples=300)
def test_all_commands_survive(command: Command, behind: bytes) -> None:
    frame = encode(command)
    assert int.from_bytes(frame[:4], "little") == len(frame) - 4
    # Bytes behind a command are ignored, as the runner does.
    assert decode(frame[4:] + behind) == command


@given(
    st.binary(max_size=40)
    | st.builds(lambda i, b: bytes([i, 0, 0, 0]) + b, st.integers(0, 11), st.binary(max_size=40))
)
@settings(max_examples=500)
def test_any_bytes_are_a_command_or_an_error(payload: bytes) -> None:
    try:
        command = decode(payload)
    except ValueError:
        return
    assert encode(command)[4:] == payload[: len(encode(command)) - 4]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "0 bytes are too few"),
        ("0100", "2 bytes are too few"),
        ("0b000000", "no command has the index 11"),
        ("ffffffff", "no command has the index 4294967295"),
        ("00000000 39300000 ffffffffffffffff 61", "a text of 18446744073709551615 bytes"),
        ("00000000 39300000 0200000000000000 61", "a text of 2 bytes in a payload of 17"),
        ("00000000 39300000 0100000000000000 ff", r"'.xff'"),
        ("07000000 39300000 04000000 e803000000000000", "4 is not a valid MarkerKind"),
        ("08000000 02000000", "8 bytes are too few"),
        ("0a000000 03000000", "3 is not a valid IntegrationMode"),
    ],
)
def test_reasons(payload: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(bytes.fromhex(payload))


@pytest.mark.parametrize(
    "command",
    [SetVersion(-1), CurrentBenchmark(1 << 31, "x"), AddMarker(1, Marker(MarkerKind(0), 1 << 64))],
)
def test_what_has_no_encoding(command: Command) -> None:
    with pytest.raises(ValueError, match="has no encoding"):
        encode(command)


def test_commands_differ() -> None:
    """Also commands without fields, which as tuples would be equal."""
    commands = [decode(bytes([index, 0, 0, 0])) for index in (1, 2, 3, 4, 6, 9)]
    assert len(set(commands)) == 6
    others: list[Command] = [SetVersion(2), IntegrationModeResponse(IntegrationMode.ANALYSIS)]
    assert others[0] != others[1]


def test_labels_of_markers() -> None:
    labels = [MarkerKind(i).label for i in range(4)]
    assert labels == ["SampleStart", "SampleEnd", "BenchmarkStart", "BenchmarkEnd"]
