"""Sections that are stored compressed. Format: gABI, "Section Compression"; GNU's `.zdebug_`."""

from __future__ import annotations

import zlib

from elftools.elf.structs import ELFStructs

from rules_codspeed.capture.elf.errors import ElfError
from rules_codspeed.capture.elf.parsing import parse

_ZLIB = "ELFCOMPRESS_ZLIB"
_ZSTD = 2  # pyelftools has no name for it

# DWARF shrinks to a third, text of one kind to a twentieth. More is a bomb.
_MOST_RATIO = 100
_ALWAYS_SANE = 16 << 20  # bytes; a small section may be all zeros
_MOST = 512 << 20  # bytes
_WINDOW = 128 << 20  # bytes


def decompress_gabi(data: memoryview, name: str, offset: int, structs: ELFStructs) -> bytes:
    """Returns the content of a section with the flag `SHF_COMPRESSED`.

    Args:
      data: the section as it is in the file.
      name: of the file in errors.
      offset: of the section in the file, in bytes.
      structs: the structures of the file.

    Raises:
      ElfError: it is damaged, too large, or compressed in an unknown way.
    """
    form = structs.Elf_Chdr
    size_of_head, what = form.sizeof(), "the header of a compressed section"
    if len(data) < size_of_head:
        raise ElfError(name, offset, f"{len(data)} bytes", what)
    head = parse(form, data[:size_of_head], name, offset, what)
    kind = head["ch_type"]
    if kind not in (_ZLIB, _ZSTD):
        raise ElfError(name, offset, f"compression {kind}", "1 (zlib) or 2 (zstd)")
    content = data[size_of_head:]
    return _decompress(content, name, offset + size_of_head, head["ch_size"], kind == _ZSTD)


def decompress_gnu(data: memoryview, name: str, offset: int) -> bytes:
    """Returns the content of a section `.zdebug_…`: `ZLIB`, the size as big-endian u64, zlib.

    Args:
      data: the section as it is in the file.
      name: of the file in errors.
      offset: of the section in the file, in bytes.

    Raises:
      ElfError: it is damaged or too large.
    """
    head = bytes(data[:12])
    if len(head) < 12 or head[:4] != b"ZLIB":
        raise ElfError(name, offset, f"{head[:4]!r}", "ZLIB and a size")
    return _decompress(data[12:], name, offset + 12, int.from_bytes(head[4:], "big"), False)


def _decompress(data: memoryview, name: str, offset: int, size: int, zstd: bool) -> bytes:
    most = min(_MOST, max(_ALWAYS_SANE, _MOST_RATIO * len(data)))
    if size > most:
        raise ElfError(
            name, offset, f"{size} bytes out of {len(data)}", f"a section of at most {most} bytes"
        )
    # One byte more than there should be: less room would hide a section that is too long.
    try:
        content = _zstd(data, size + 1) if zstd else _zlib(data, size + 1)
    except ValueError as error:
        raise ElfError(name, offset, str(error), "compressed bytes") from None
    if len(content) != size:
        got = f"more than {size}" if len(content) > size else str(len(content))
        raise ElfError(name, offset, f"{got} decompressed bytes", str(size))
    return content


def _zlib(data: memoryview, most: int) -> bytes:
    """Returns at most so many bytes of a zlib stream.

    Raises:
      ValueError: it is damaged.
    """
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error as error:
        raise ValueError(str(error)) from None


def _zstd(data: memoryview, most: int) -> bytes:
    """Returns at most so many bytes of a zstd stream, which may have several frames.

    Raises:
      ValueError: it is damaged.
    """
    import zstandard  # only here: hardly any file needs it

    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    try:
        return decompressor.stream_reader(data, read_across_frames=True).read(most)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from None
