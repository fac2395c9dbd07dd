"""Cuts the control stream of several clients into commands, and recovers after garbage."""

from __future__ import annotations

from dataclasses import dataclass

from rules_codspeed.measure.fifo.protocol import (
    FIXED_PAYLOADS,
    LEAST_PAYLOADS,
    MAX_PAYLOAD,
    U32,
    Command,
    UnreadableNameError,
    decode,
)


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A frame that holds no command."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame that names a benchmark, but not in UTF-8.

    Attributes:
      name: escaped, and not longer than people read.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Oversized:
    """A frame longer than 8 MiB; it is skipped.

    Attributes:
      length: bytes that were announced.
    """

    length: int


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A frame that was begun and never ended, for example because the client died.

    Attributes:
      length: bytes that were there.
    """

    length: int


Frame = Command | Undecodable | Unreadable | Oversized | Abandoned


class Decoder:
    """Takes bytes as they come.

    A frame that cannot be decoded is reported and the stream goes on behind it. What the
    protocol leaves open (spec: hooks-fifo 3): a frame that is too long is skipped, for as many
    bytes as it announces. A length that is garbage would thus swallow all that follows; but
    clients wait for an answer before they go on, so bytes that come after a silence start a
    new frame: always while a frame is skipped, and inside another one if they look like the
    start of a frame (a client that is slow between length and payload is still understood).
    """

    __slots__ = ("_buffer", "_skip", "_skipped")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._skip = 0  # bytes of a frame that is too long, still to come
        self._skipped = 0

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer or self._skip)

    def feed(self, data: bytes, after_silence: bool = False) -> list[Frame]:
        """Takes what was read.

        Args:
          data: any bytes.
          after_silence: whether no client wrote for a while before.

        Returns:
          The commands and faults that are complete by now.
        """
        frames: list[Frame] = []
        if after_silence and self._starts_anew(data):
            frames.append(Abandoned(len(self._buffer) or self._skipped))
            self._buffer.clear()
            self._skip = 0
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            self._skipped += skipped
            data = data[skipped:]
        self._buffer += data
        self._cut(frames)
        return frames

    def _starts_anew(self, data: bytes) -> bool:
        return bool(self._skip) or (bool(self._buffer) and _looks_like_start(data))

    def _cut(self, frames: list[Frame]) -> None:
        """Moves complete frames out of the buffer."""
        buffer, start = self._buffer, 0
        while len(buffer) - start >= 4:
            (length,) = U32.unpack_from(buffer, start)
            end = start + 4 + length
            if length > MAX_PAYLOAD:
                frames.append(Oversized(length))
                self._skip = max(0, end - len(buffer))
                self._skipped = length - self._skip
                end -= self._skip
            elif end > len(buffer):
                break
            else:
                frames.append(_decoded(bytes(buffer[start + 4 : end])))
            start = end
        del buffer[:start]


def _decoded(payload: bytes) -> Command | Undecodable | Unreadable:
    try:
        return decode(payload)
    except UnreadableNameError as error:
        return Unreadable(str(error))
    except ValueError as error:
        return Undecodable(str(error))


def _looks_like_start(data: bytes) -> bool:
    """Distinguishes a frame's length from the payload of a frame that was begun before."""
    if len(data) < 4:
        return False
    length = int.from_bytes(data[:4], "little")
    if len(data) < 8:
        return length in FIXED_PAYLOADS.values() or 16 <= length <= MAX_PAYLOAD
    index = int.from_bytes(data[4:8], "little")
    if index in FIXED_PAYLOADS:
        return length == FIXED_PAYLOADS[index]
    return LEAST_PAYLOADS.get(index, length + 1) <= length <= MAX_PAYLOAD
