"""Small ELF files for tests: program headers, notes and nothing else."""

from __future__ import annotations

import struct

PT_LOAD = 1
PT_INTERP = 3
PT_NOTE = 4


def note(build_id: bytes, order: str = "<", align: int = 4) -> bytes:
    """Returns the notes of a linked file: an ABI tag, then the build id."""

    def one(kind: int, content: bytes) -> bytes:
        head = struct.pack(order + "III", 4, len(content), kind) + b"GNU\0"
        padded = head + bytes(-len(head) % align) + content
        return padded + bytes(-len(padded) % align)

    return one(1, bytes(16)) + (one(3, build_id) if build_id else b"")


def elf(
    *segments: tuple[int, bytes],
    text: bytes = b"",
    wide: bool = True,
    order: str = "<",
    align: int = 4,
) -> bytes:
    """Returns a file with segments of a type and a content, and a text after them.

    Those that are loaded are code, at the address of their offset.

    Args:
      segments: type and content.
      text: what follows.
      wide: whether it is ELF64.
      order: byte order, as for `struct`.
      align: alignment of the segments.
    """
    head, size = (64, 56) if wide else (52, 32)
    at = head + size * len(segments)
    table, body = b"", b""
    for kind, content in segments:
        offset, flags = at + len(body), 5 if kind == PT_LOAD else 4
        place = (offset, offset, 0, len(content), len(content))
        table += (
            struct.pack(order + "IIQQQQQQ", kind, flags, *place, align)
            if wide
            else struct.pack(order + "IIIIIIII", kind, *place, flags, align)
        )
        body += content
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    form = order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")
    fields = (3, 62, 1, 0, head, 0, 0, head, size, len(segments), 0, 0, 0)
    return ident + struct.pack(form, *fields) + table + body + text
