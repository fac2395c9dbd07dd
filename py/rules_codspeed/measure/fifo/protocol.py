"""Commands between a benchmark process and the runner, as bytes (spec: hooks-fifo 3, 4, 5, 6)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

CURRENT_VERSION: Final = 2
MAX_PAYLOAD: Final = 8 << 20  # bytes, as upstream's decoder

U32: Final = struct.Struct("<I")
_I32 = struct.Struct("<i")
_U64 = struct.Struct("<Q")
_MARKER = struct.Struct("<iIQ")


class MarkerKind(IntEnum):
    """What happened; the numbers are sent, the names are those of v4.11.0."""

    SAMPLE_START = 0
    SAMPLE_END = 1
    BENCHMARK_START = 2
    BENCHMARK_END = 3

    @property
    def label(self) -> str:
        """The name in files, for example `SampleStart`."""
        return _LABELS[self]


_LABELS = ("SampleStart", "SampleEnd", "BenchmarkStart", "BenchmarkEnd")


class IntegrationMode(IntEnum):
    """What the runner measures."""

    WALLTIME = 0
    SIMULATION = 1
    ANALYSIS = 2


MINIMAL_VERSIONS: Final = {
    IntegrationMode.WALLTIME: 1,
    IntegrationMode.SIMULATION: 1,
    IntegrationMode.ANALYSIS: 2,
}


class Marker(NamedTuple):
    """A moment that a client or the runner marked.

    Attributes:
      kind: what happened.
      at: nanoseconds of CLOCK_MONOTONIC.
    """

    kind: MarkerKind
    at: int


@dataclass(frozen=True, slots=True)
class CurrentBenchmark:
    """Names the windows that ended since the last such command."""

    pid: int
    uri: str


@dataclass(frozen=True, slots=True)
class StartBenchmark:
    """Opens a window."""


@dataclass(frozen=True, slots=True)
class StopBenchmark:
    """Closes the window."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The runner's answer to a command that it carried out."""


@dataclass(frozen=True, slots=True)
class PingPerf:
    """Asks whether the profiler answers (old clients)."""


@dataclass(frozen=True, slots=True)
class SetIntegration:
    """Names the client's integration."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Err:
    """The runner's answer to a command that it did not carry out."""


@dataclass(frozen=True, slots=True)
class AddMarker:
    """Hands over a marker."""

    pid: int
    marker: Marker


@dataclass(frozen=True, slots=True)
class SetVersion:
    """States the client's version of the protocol."""

    version: int


@dataclass(frozen=True, slots=True)
class GetIntegrationMode:
    """Asks what is measured."""


@dataclass(frozen=True, slots=True)
class IntegrationModeResponse:
    """States what is measured."""

    mode: IntegrationMode


Command = (
    CurrentBenchmark
    | StartBenchmark
    | StopBenchmark
    | Ack
    | PingPerf
    | SetIntegration
    | Err
    | AddMarker
    | SetVersion
    | GetIntegrationMode
    | IntegrationModeResponse
)

# Commands without fields, by index.
_PLAIN: dict[int, Command] = {
    1: StartBenchmark(),
    2: StopBenchmark(),
    3: Ack(),
    4: PingPerf(),
    6: Err(),
    9: GetIntegrationMode(),
}
_INDEX = {type(command): index for index, command in _PLAIN.items()}

# Bytes of the payload of each command; the least for those that hold texts.
FIXED_PAYLOADS: Final = {**dict.fromkeys(_PLAIN, 4), 7: 20, 8: 12, 10: 8}
LEAST_PAYLOADS: Final = {0: 16, 5: 20}


def encode(command: Command) -> bytes:
    """Returns one frame: length and payload.

    Raises:
      ValueError: a field does not fit its type.
    """
    try:
        payload = _payload(command)
    except struct.error as error:
        raise ValueError(f"{command} has no encoding: {error}") from error
    return U32.pack(len(payload)) + payload


def _payload(command: Command) -> bytes:
    if isinstance(command, CurrentBenchmark):
        return U32.pack(0) + _I32.pack(command.pid) + _text(command.uri)
    if isinstance(command, SetIntegration):
        return U32.pack(5) + _text(command.name) + _text(command.version)
    if isinstance(command, AddMarker):
        kind, at = command.marker
        return U32.pack(7) + _MARKER.pack(command.pid, kind, at)
    if isinstance(command, SetVersion):
        return U32.pack(8) + _U64.pack(command.version)
    if isinstance(command, IntegrationModeResponse):
        return U32.pack(10) + U32.pack(command.mode)
    return U32.pack(_INDEX[type(command)])


def _text(value: str) -> bytes:
    data = value.encode()
    return _U64.pack(len(data)) + data


class UnreadableNameError(ValueError):
    """The name of a benchmark is not UTF-8; the decoder of frames catches it."""


def decode(payload: bytes) -> Command:
    """Returns the command of a payload; bytes behind it are ignored, as upstream does.

    Raises:
      UnreadableNameError: it names a benchmark, but not in UTF-8.
      ValueError: it does not hold a command.
    """
    try:
        (index,) = U32.unpack_from(payload)
        if plain := _PLAIN.get(index):
            return plain
        if not (reader := _READERS.get(index)):
            raise ValueError(f"no command has the index {index}")
        return reader(payload)
    except struct.error as error:
        raise ValueError(f"{len(payload)} bytes are too few") from error


def _read_text(payload: bytes, offset: int) -> tuple[str, int]:
    """Returns a text and the offset behind it."""
    (length,) = _U64.unpack_from(payload, offset)
    start = offset + 8
    if length > len(payload) - start:
        raise ValueError(f"a text of {length} bytes in a payload of {len(payload)}")
    return payload[start : start + length].decode(), start + length


def _read_current(payload: bytes) -> CurrentBenchmark:
    (pid,) = _I32.unpack_from(payload, 4)
    try:
        return CurrentBenchmark(pid, _read_text(payload, 8)[0])
    except UnicodeDecodeError as error:
        raise UnreadableNameError(repr(error.object[:300])[1:]) from error


def _read_integration(payload: bytes) -> SetIntegration:
    name, end = _read_text(payload, 4)
    return SetIntegration(name, _read_text(payload, end)[0])


def _read_marker(payload: bytes) -> AddMarker:
    pid, kind, at = _MARKER.unpack_from(payload, 4)
    return AddMarker(pid, Marker(MarkerKind(kind), at))


def _read_version(payload: bytes) -> SetVersion:
    return SetVersion(_U64.unpack_from(payload, 4)[0])


def _read_mode(payload: bytes) -> IntegrationModeResponse:
    return IntegrationModeResponse(IntegrationMode(U32.unpack_from(payload, 4)[0]))


_READERS: dict[int, Callable[[bytes], Command]] = {
    0: _read_current,
    5: _read_integration,
    7: _read_marker,
    8: _read_version,
    10: _read_mode,
}
