"""How a program was built, where that decides what measuring it gives.

Formats: System V ABI, chapter 4 (string tables); DWARF 5, 7.5.1 (headers of units).
"""

from __future__ import annotations

import contextlib
import mmap
import struct
from typing import NamedTuple

from rules_codspeed.measure.frameworks.sanitizers import SANITIZERS, Sanitizer
from rules_codspeed.measure.stage.objects.elf import DAMAGE, Section, sections

_STRINGS = (b".dynstr", b".strtab")
_COUNTING = b".note.codspeed"  # of rules/memory/wrapped.c
_COMPRESSED = 0x800  # SHF_COMPRESSED
_ZLIB = 1  # ELFCOMPRESS_ZLIB
_MOST_INFO = 1 << 26  # bytes of compressed debug information that are looked at
_SKELETON = 4  # DW_UT_skeleton
_WIDE = 0xFFFFFFFF  # a length of 64 bits follows


class Built(NamedTuple):
    """What a program shows of how it was built.

    Attributes:
      sanitizers: that its code calls.
      split: whether debug information lies in files beside it: DWARF 5 with `-gsplit-dwarf`.
      go: whether Go's linker made it.
      counts_memory: whether it brings what counts its allocations: //rules/memory:wrap.
    """

    sanitizers: tuple[Sanitizer, ...] = ()
    split: bool = False
    go: bool = False
    counts_memory: bool = False


def read_built(path: str) -> Built:
    """Reads it from an ELF file; what cannot be read shows nothing."""
    with (
        contextlib.suppress(OSError, ValueError, *DAMAGE),
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        found = list(sections(data))
        return Built(
            tuple(one for one in SANITIZERS if _calls(data, found, one)),
            any(_is_split(data, one) for one in found if one.name == b".debug_info"),
            any(one.name == b".go.buildinfo" for one in found),
            any(one.name == _COUNTING for one in found),
        )
    return Built()


def _calls(data: mmap.mmap, found: list[Section], sanitizer: Sanitizer) -> bool:
    """Whether a string table has a mark of a sanitizer, at the start of a name."""
    return any(
        data.find(b"\0" + mark, one.offset, one.offset + one.size) >= 0
        for one in found
        if one.name in _STRINGS
        for mark in sanitizer.marks
    )


def _is_split(data: mmap.mmap, info: Section) -> bool:
    """Whether a unit of the section refers to the rest of it in another file."""
    order = "<" if data[5] == 1 else ">"
    content: mmap.mmap | bytes = data
    at, end = info.offset, info.offset + info.size
    if info.flags & _COMPRESSED:
        content = _inflated(data[at:end], order, header=24 if data[4] == 2 else 12)
        at, end = 0, len(content)
    while at + 16 <= end:
        (length,) = struct.unpack_from(order + "I", content, at)
        at += 4
        if length == _WIDE:
            (length,) = struct.unpack_from(order + "Q", content, at)
            at += 8
        version, kind = struct.unpack_from(order + "HB", content, at)
        if version == 5 and kind == _SKELETON:
            return True
        at += length
    return False


def _inflated(section: bytes, order: str, header: int) -> bytes:
    """Returns the start of a compressed section; nothing if it is not compressed by zlib."""
    (kind,) = struct.unpack_from(order + "I", section)
    if kind != _ZLIB:
        return b""
    import zlib  # few programs need it, and each driver would import it

    try:
        return zlib.decompressobj().decompress(section[header:], _MOST_INFO)
    except zlib.error:
        return b""
