"""LEB128, DWARF's integers of variable length (DWARF 5, 7.6)."""

from __future__ import annotations

PATTERN = rb"[\x80-\xff]*[\x00-\x7f]"
"""A regular expression for one of them."""

# More bits than any stored number has; longer numbers would make arithmetic slow.
_MOST_BITS = 70


def read_uleb(data: bytes | memoryview, pos: int) -> tuple[int, int]:
    """Reads an unsigned number.

    Returns:
      The number and the position behind it.

    Raises:
      IndexError: the data ends before it.
      ValueError: it has more than 70 bits.
    """
    byte = data[pos]
    pos += 1
    value = byte & 0x7F
    shift = 7
    while byte > 0x7F:
        if shift >= _MOST_BITS:
            raise ValueError("LEB128 of more than 70 bits")
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        shift += 7
    return value, pos


def read_sleb(data: bytes | memoryview, pos: int) -> tuple[int, int]:
    """Reads a signed number, as `read_uleb` does an unsigned one."""
    start = pos
    value, pos = read_uleb(data, pos)
    if data[pos - 1] & 0x40:
        value -= 1 << (7 * (pos - start))
    return value, pos


def skip_leb(data: bytes | memoryview, pos: int) -> int:
    """Returns the position behind a number of any length.

    Raises:
      IndexError: the data ends before that.
    """
    while data[pos] > 0x7F:
        pos += 1
    return pos + 1
