"""A font in which every character is the same box: pages look alike whatever fonts a machine has.

OpenType 1.9, with the tables that browsers ask for.
"""

from __future__ import annotations

import struct

_EM = 1000
_ADVANCE, _TOP, _ASCENT, _DESCENT = 520, 500, 800, -200
_RANGES = ((0x20, 0x52F), (0x2000, 0x27FF))
"""Characters that it has: Latin, Greek, Cyrillic, punctuation, arrows and shapes."""


def font() -> bytes:
    """Returns the font as TrueType."""
    box = struct.pack(">hhhhh", 1, 40, 0, _ADVANCE - 40, _TOP)
    # One contour of four points on the curve; no instructions; coordinates as words.
    box += struct.pack(">HH4B", 3, 0, 1, 1, 1, 1)
    box += struct.pack(">4h4h", 40, _ADVANCE - 80, 0, 80 - _ADVANCE, 0, 0, _TOP, 0)
    tables = {
        b"OS/2": _os2(),
        b"cmap": _cmap(),
        b"glyf": box,
        b"head": _head(),
        b"hhea": struct.pack(
            ">HHhhhH11hH", 1, 0, _ASCENT, _DESCENT, 0, _ADVANCE, *(0, 0, _ADVANCE, 1), *[0] * 7, 2
        ),
        b"hmtx": struct.pack(">HhHh", _ADVANCE, 0, _ADVANCE, 40),
        b"loca": struct.pack(">3I", 0, 0, len(box)),
        b"maxp": struct.pack(">I14H", 0x10000, 2, 4, 1, 0, 0, 1, *[0] * 8),
        b"name": _name(),
        b"post": struct.pack(">IIhhI4I", 0x30000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    return _file(tables)


def _head() -> bytes:
    return struct.pack(
        ">4I2HqqhhhhHHhhh",
        *(0x10000, 0x10000, 0, 0x5F0F3CF5, 3, _EM, 0, 0),
        *(0, 0, _ADVANCE, _TOP, 0, 8, 2, 1, 0),
    )


def _os2() -> bytes:
    start = struct.pack(">HhHHH11h", 4, _ADVANCE, 400, 5, 0, *[0] * 11)
    ranges = bytes(10) + struct.pack(">4I4sHHH", 1, 0, 0, 0, b"TEST", 0x40, 0x20, 0x27FF)
    heights = struct.pack(">hhhHHII", _ASCENT, _DESCENT, 0, _ASCENT, -_DESCENT, 1, 0)
    return start + ranges + heights + struct.pack(">hhHHH", _TOP, _ASCENT, 0, 0x20, 0)


def _cmap() -> bytes:
    """Maps all characters to the box: format 4, with an array for each range."""
    segments = [*_RANGES, (0xFFFF, 0xFFFF)]
    count = len(segments)
    offsets, glyphs = [], 0
    for at, (first, last) in enumerate(_RANGES):
        offsets.append(2 * (count - at + glyphs))
        glyphs += last - first + 1
    body = struct.pack(f">{count}H", *(last for _, last in segments)) + bytes(2)
    body += struct.pack(f">{count}H", *(first for first, _ in segments))
    body += struct.pack(f">{count}H", *[0] * (count - 1), 1)
    body += struct.pack(f">{count}H{glyphs}H", *offsets, 0, *[1] * glyphs)
    power = 1 << (count.bit_length() - 1)
    search = (2 * count, 2 * power, power.bit_length() - 1, 2 * (count - power))
    table = struct.pack(">7H", 4, 14 + len(body), 0, *search) + body
    return struct.pack(">HHHHI", 0, 1, 3, 1, 12) + table


def _name() -> bytes:
    text = "boxes".encode("utf-16-be")
    names = (1, 2, 4, 6)
    records = b"".join(struct.pack(">6H", 3, 1, 0x409, one, len(text), 0) for one in names)
    return struct.pack(">HHH", 0, len(names), 6 + len(records)) + records + text


def _file(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">IHHHH", 0x10000, count, 16 * power, power.bit_length() - 1, 16 * (count - power)
    )
    place, records, content = 12 + 16 * count, b"", b""
    for tag, table in tables.items():
        padded = table + bytes(-len(table) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        records += struct.pack(">4sIII", tag, total, place + len(content), len(table))
        content += padded
    return head + records + content
