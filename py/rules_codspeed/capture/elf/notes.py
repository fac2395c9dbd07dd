"""What a file tells of itself in notes: its build-id, and the link to its debug file.

Both are hints to find another file: one that is damaged is taken as missing.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable

_GNU = b"GNU\0"
_NT_GNU_BUILD_ID = 3
_MOST_NOTES = 10_000  # of a file; a real one has less than ten
_LONGEST_ID = 64  # bytes; the usual one is a SHA-1


def find_build_id(sections: Iterable[tuple[memoryview, int]], little_endian: bool) -> bytes:
    """Returns the build-id out of the note sections of a file; empty when there is none.

    Args:
      sections: content and alignment of each.
      little_endian: byte order of the file.
    """
    head = struct.Struct(("<" if little_endian else ">") + "III")
    left = _MOST_NOTES
    for notes, addralign in sections:
        align = 8 if addralign == 8 else 4
        at = 0
        while at + head.size <= len(notes) and left:
            left -= 1
            name_size, size, kind = head.unpack_from(notes, at)
            name = at + head.size
            content = _padded(name + name_size, align)
            if kind == _NT_GNU_BUILD_ID and notes[name : name + min(name_size, 5)] == _GNU:
                return bytes(notes[content : content + size]) if size <= _LONGEST_ID else b""
            at = _padded(content + size, align)
    return b""


def parse_debug_link(data: memoryview, little_endian: bool) -> tuple[str, int] | None:
    """Returns the file name and the CRC-32 that `.gnu_debuglink` holds; None when it holds none.

    A name with a slash is none: the link names a file, and not a place.
    """
    name, end, _ = bytes(data[:4096]).partition(b"\0")
    at = _padded(len(name) + 1, 4)
    crc = bytes(data[at : at + 4])
    if not end or not name or b"/" in name or len(crc) < 4:
        return None
    return os.fsdecode(name), int.from_bytes(crc, "little" if little_endian else "big")


def _padded(size: int, align: int) -> int:
    return -(-size // align) * align
