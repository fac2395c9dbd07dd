"""Sections that are stored compressed. Format: gABI, "Section Compression"; GNU's `.zdebug_`."""

from __future__ import annotations

import struct
import zlib

from rules_codspeed.capture.elf.errors import ElfError

_ZLIB = 1
_ZSTD = 2

# DWARF shrinks to a third, text of one kind to a twentieth. More is a bomb.
_MOST_RATIO = 100
_ALWAYS_SANE = 16 << 20  # bytes; a small section may be all zeros
_MOST = 512 << 20  # bytes
_WINDOW = 128 << 20  # bytes


def decompress_gabi(
    data: memoryview, name: str, offset: int, is_64: bool, little_endian: bool
) -> bytes:
    """Returns the content of a section with the flag `SHF_COMPRESSED`.

    Args:
      data: the section as it is in the file.
      name: of the file in errors.
      offset: of the section in the file, in bytes.
      is_64: whether it is an ELF64 file.
      little_endian: its byte order.

    Raises:
      ElfError: it is damaged, too large, or compressed in an unknown way.
    """
    form = struct.Struct(("<" if little_endian else ">") + ("IIQQ" if is_64 else "III"))
    if len(data) < form.size:
        raise ElfError(name, offset, f"{len(data)} bytes", "the header of a compressed section")
    fields = form.unpack(data[: form.size])
    size = fields[2] if is_64 else fields[1]
    if fields[0] not in (_ZLIB, _ZSTD):
        raise ElfError(name, offset, f"compression {fields[0]}", "1 (zlib) or 2 (zstd)")
    return _decompress(data[form.size :], name, offset + form.size, size, fields[0] == _ZSTD)


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
