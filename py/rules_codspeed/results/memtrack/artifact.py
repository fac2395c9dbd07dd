"""Reads artifacts: MessagePack in one or several frames of zstd (spec: memory 6.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import zstandard

from rules_codspeed.results.message_pack import read_values

_READ = 1 << 16  # bytes
_BLOCK = 512  # bytes that are decompressed at once: zstd makes up to 128 KiB of 4
_MOST = 1 << 14  # values of one event; a call stack has some hundreds
_WINDOW = 8 << 20  # bytes that a frame may refer back; memtrack's have less than one megabyte


def read_events(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Yields the events of an artifact, of any version, in the order of the file.

    Raises:
      ValueError: it is damaged, or cut off.
    """
    for value in read_values(_frames(stream), _MOST):
        if not isinstance(value, dict):
            raise ValueError(f"{type(value).__name__}, where an event is due")
        yield value


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while content := stream.read(_READ):
        for start in range(0, len(content), _BLOCK):
            yield content[start : start + _BLOCK]


def _frames(stream: BinaryIO) -> Iterator[bytes]:
    """Yields what the frames hold, block by block."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    frame = decompressor.decompressobj()
    read = 0
    for block in _blocks(stream):
        read += len(block)
        while block:
            if frame.eof:
                frame = decompressor.decompressobj()
            try:
                yield frame.decompress(block)
            except zstandard.ZstdError as error:
                raise ValueError(f"{error}, at byte {read - len(block)} or later") from error
            block = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise ValueError(f"the end of the file within a frame, at byte {read}")
