"""Decompresses blocks of LZ4, without frames.

Format: github.com/lz4/lz4, doc/lz4_Block_format.md.
"""

from __future__ import annotations

_LEAST_MATCH = 4
_MORE = 15  # in a half of the token: further bytes are added, up to one below 255


def decompress(block: bytes, size: int) -> bytes:
    """Returns what a block holds.

    Args:
      block: the compressed bytes.
      size: of what they hold.

    Raises:
      ValueError: it is damaged, or holds more or less; the message names the byte.
    """
    out = bytearray()
    at = 0
    while True:
        token, at = _byte(block, at)
        length, at = _length(block, at, token >> 4)
        literals = block[at : at + length]
        if len(literals) < length or len(out) + length > size:
            raise ValueError(f"an LZ4 block with too many literals, at byte {at} of it")
        out += literals
        at += length
        if at == len(block):
            # The last sequence has no match.
            break
        low, at = _byte(block, at)
        high, at = _byte(block, at)
        distance = low | high << 8
        length, at = _length(block, at, token & _MORE)
        length += _LEAST_MATCH
        if not 0 < distance <= len(out) or len(out) + length > size:
            raise ValueError(f"an LZ4 block with a wrong match, at byte {at} of it")
        _copy(out, distance, length)
    if len(out) != size:
        raise ValueError(f"an LZ4 block of {len(out)} bytes, not {size}")
    return bytes(out)


def _copy(out: bytearray, distance: int, length: int) -> None:
    start = len(out) - distance
    if distance >= length:
        out += out[start : start + length]
        return
    # It repeats what it copies.
    pattern = bytes(out[start:])
    out += (pattern * (length // distance + 1))[:length]


def _length(block: bytes, at: int, length: int) -> tuple[int, int]:
    if length == _MORE:
        more = 255
        while more == 255:
            more, at = _byte(block, at)
            length += more
    return length, at


def _byte(block: bytes, at: int) -> tuple[int, int]:
    if at >= len(block):
        raise ValueError(f"an LZ4 block that ends too early, at byte {at} of it")
    return block[at], at + 1
