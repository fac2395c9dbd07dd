"""Checks an archive without unpacking it (spec: upload 3).

Headers are parsed by tarfile, but blocks are read here: tarfile's own reader takes
long names and sparse maps of any size into memory.
"""

from __future__ import annotations

import gzip
import hashlib
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from rules_codspeed.collector.errors import Refusal

_BLOCK = 512
_CHUNK = 1 << 16
_LONGEST_NAME = 4096
_ZERO_BLOCK = bytes(_BLOCK)

_DAMAGES = (tarfile.HeaderError, gzip.BadGzipFile, zlib.error, EOFError)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may expand to.

    Attributes:
      max_bytes: size of the tar.
      max_ratio: size of the tar in sizes of the gzip file.
      small: bytes that are never too many.
      max_entries: files and folders.
    """

    max_bytes: int = 64 << 30
    max_ratio: int = 200
    small: int = 64 << 20
    max_entries: int = 200_000

    def of_archive(self, size: int) -> int:
        """Returns how many bytes an archive of `size` bytes may expand to."""
        return min(self.max_bytes, max(self.small, self.max_ratio * size))


def check_archive(path: Path, compressed: bool, limits: Limits | None = None) -> None:
    """Reads an archive from end to end, in constant memory.

    Args:
      path: the archive.
      compressed: whether it is a gzip file.
      limits: of its expansion.

    Raises:
      Refusal: 422, it is damaged, expands too far, or holds anything but files and folders
        below its root.
      OSError: the file cannot be read.
    """
    limits = limits or Limits()
    limit = limits.of_archive(path.stat().st_size)
    try:
        with cast(BinaryIO, gzip.open(path) if compressed else path.open("rb")) as stream:
            _check_tar(_TarReader(stream, limit), limits.max_entries)
    except _DAMAGES as error:
        raise Refusal(422, f"the archive is damaged: {error}") from error


class _TarReader:
    """Reads blocks; counts what was expanded."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._count = 0

    def read(self, size: int) -> bytes:
        """Reads up to `size` bytes; fewer at the end only."""
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > self._limit:
            raise Refusal(422, f"the archive expands to more than {self._limit} bytes")
        return data

    def block(self) -> bytes:
        """Reads a block, which must be there."""
        data = self.read(_BLOCK)
        if len(data) < _BLOCK:
            raise EOFError("it ends before its two zero blocks")
        return data

    def padded(self, size: int) -> bytes:
        """Reads the content of a small entry."""
        blocks = b"".join(self.block() for _ in range(_blocks(size)))
        return blocks[:size]

    def skip(self, size: int) -> None:
        """Reads past the content of an entry."""
        left = _blocks(size) * _BLOCK
        while left:
            data = self.read(min(left, _CHUNK))
            if not data:
                raise EOFError("it ends within a file")
            left -= len(data)


def _blocks(size: int) -> int:
    return -(-size // _BLOCK)


def _check_tar(reader: _TarReader, max_entries: int) -> None:
    seen: set[bytes] = set()
    while (block := reader.block()) != _ZERO_BLOCK:
        if len(seen) == max_entries:
            raise Refusal(422, f"the archive has more than {max_entries} entries")
        entry, name = _header(block), None
        if entry.type == tarfile.GNUTYPE_LONGNAME:
            name = _long_name(reader, entry.size)
            entry = _header(reader.block())
        _check_entry(name or entry.name, entry)
        _note(seen, name or entry.name)
        reader.skip(entry.size)
    if reader.block() != _ZERO_BLOCK:
        raise Refusal(422, "the archive is damaged: one zero block is not its end")
    while data := reader.read(_CHUNK):
        if data.strip(b"\0"):
            raise Refusal(422, "the archive is damaged: data after its end")


def _header(block: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    if entry.size < 0:
        raise tarfile.HeaderError("a negative size")
    return entry


def _long_name(reader: _TarReader, size: int) -> str:
    if size > _LONGEST_NAME:
        raise Refusal(422, f"the archive has a name of {size} bytes")
    return reader.padded(size).rstrip(b"\0").decode("utf-8", "surrogateescape")


def _note(seen: set[bytes], name: str) -> None:
    """Raises a Refusal for an entry that is there twice: which of them counts, is not known."""
    path = str(PurePosixPath(name)).encode("utf-8", "surrogateescape")
    # Names of 200,000 entries may take a gigabyte.
    digest = hashlib.blake2b(path, digest_size=16).digest()
    if digest in seen:
        raise Refusal(422, f"the archive has an entry twice: {name!r}")
    seen.add(digest)


def _check_entry(name: str, entry: tarfile.TarInfo) -> None:
    """Raises a Refusal for anything but a file or folder below the root."""
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE):
        raise Refusal(422, f"the archive has an entry of type {entry.type!r}: {name!r}")
    if entry.isdir() and entry.size:
        raise Refusal(422, f"the archive has a folder with content: {name!r}")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not name or "\0" in name:
        raise Refusal(422, f"the archive has an entry outside its root: {name!r}")
