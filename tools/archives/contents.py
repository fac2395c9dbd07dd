"""Inspects what an archive unpacks to, before it is pinned and again before it is unpacked.

Bazel, which unpacks it, has no limit of size, and writes through a hard link to any path that an
archive names. So archives may contain only files, folders, and links between
them. Repository rules run this file alone, with the standard library: `contents.py FILE KIND
PREFIX BINARY` prints what is wrong, and exits with status 1. It writes nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import posixpath
import sys
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

MOST_BYTES = 1 << 30
"""Size of all files of an archive, in bytes; CodSpeed's largest unpack to a tenth of that."""

MOST_ENTRIES = 100_000

_AR = b"!<arch>\n"
_AR_HEADER = 60  # bytes
_MEMBERS = ("debian-binary", "control.tar", "data.tar", "_gpg")

REFUSED, UNREADABLE_HERE = 1, 3
"""Exit statuses: the archive must not be used; its compression cannot be read by this Python."""


class ContentsError(Exception):
    """An archive must not be used; the message states what is in it."""


class UnknownCompressionError(Exception):
    """This Python cannot read an archive's compression."""


@dataclass(frozen=True, slots=True)
class Contents:
    """An archive whose entries are to be inspected.

    Attributes:
      path: the file.
      kind: `deb`, or the kind of a tar file.
      prefix: folder in it that is unpacked.
      binary: path below the prefix of the program that must be there; empty for none.
    """

    path: Path
    kind: str
    prefix: str
    binary: str

    def check(self) -> None:
        """Inspects every entry.

        Raises:
          ContentsError: it is not an archive, or must not be unpacked.
          UnknownCompressionError: this Python cannot read it.
        """
        try:
            with self.path.open("rb") as file, _tar(file, self.kind) as archive:
                names = list(self._checked(archive))
        except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ContentsError(f"no {self.kind} that can be read: {error}") from error
        if not any(name.startswith(f"{self.prefix}/") for name in names):
            raise ContentsError(f"no file below {self.prefix}/")
        program = posixpath.join(self.prefix, self.binary)
        if self.binary and program not in names:
            raise ContentsError(f"no program {program}")

    def _checked(self, archive: tarfile.TarFile) -> Iterator[str]:
        """Yields the paths of regular files; refuses entries that no archive needs."""
        size = 0
        for count, entry in enumerate(archive, 1):
            size += entry.size
            if count > MOST_ENTRIES or size > MOST_BYTES:
                raise ContentsError(
                    f"more than {MOST_BYTES >> 20} MiB or {MOST_ENTRIES} entries when unpacked"
                )
            name = posixpath.normpath(entry.name)
            if posixpath.isabs(entry.name) or name.startswith(".."):
                raise ContentsError(f"an entry outside of the archive: {entry.name!r}")
            if not (entry.isreg() or entry.isdir() or entry.issym() or entry.islnk()):
                raise ContentsError(f"an entry that is neither file nor folder: {entry.name!r}")
            if entry.issym() or entry.islnk():
                self._check_link(entry, name)
            if entry.isreg():
                yield name

    def _check_link(self, entry: tarfile.TarInfo, name: str) -> None:
        # A hard link names a path of the archive, a symbolic one a path from where it is.
        base = posixpath.dirname(name) if entry.issym() else ""
        target = posixpath.normpath(posixpath.join(base, entry.linkname))
        if posixpath.isabs(entry.linkname) or target.startswith(".."):
            raise ContentsError(f"a link that leads outside: {name} to {entry.linkname!r}")


@contextlib.contextmanager
def _tar(file: IO[bytes], kind: str) -> Iterator[tarfile.TarFile]:
    """Opens the tar file of an archive as a stream: no entry is held in memory."""
    if kind == "deb":
        name, file = _data_of_package(file)
        kind = name.removeprefix("data.")
    with _plain(file, kind) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
        yield archive


def _plain(file: IO[bytes], kind: str) -> IO[bytes]:
    """Returns the content of a compressed tar file. tarfile's own readers fail on damaged ones."""
    if kind == "tar.gz":
        return cast("IO[bytes]", gzip.open(file))
    if kind == "tar.xz":
        return lzma.open(file)
    if kind == "tar.zst":
        try:
            import zstandard
        except ImportError as error:
            raise UnknownCompressionError("zstandard") from error

        return cast("IO[bytes]", _Zstandard(zstandard.ZstdDecompressor().stream_reader(file)))
    raise tarfile.ReadError(f"{kind}, which is none of tar.gz, tar.xz and tar.zst")


class _Zstandard(io.RawIOBase):
    """Reads a zstandard stream; damage is an OSError, as with the other compressions."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        import zstandard

        try:
            data = self._stream.read(len(buffer))
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        buffer[: len(data)] = data
        return len(data)


def _data_of_package(file: IO[bytes]) -> tuple[str, IO[bytes]]:
    """Returns name and content of a Debian package's `data.tar.<compression>`: deb(5)."""
    if file.read(len(_AR)) != _AR:
        raise tarfile.ReadError("no ar archive")
    data: tuple[str, bytes] | None = None
    while header := file.read(_AR_HEADER):
        try:
            name, size = (
                header[:16].decode("ascii").rstrip(" ").removesuffix("/"),
                int(header[48:58]),
            )
        except ValueError as error:
            raise tarfile.ReadError("a damaged header") from error
        # Bazel unpacks these to files of their names.
        if not name.startswith(_MEMBERS) or "/" in name:
            raise ContentsError(f"a member that no package has: {name!r}")
        if name.startswith("data.tar"):
            data = name, file.read(size)
        else:
            file.seek(size, io.SEEK_CUR)
        file.seek(size % 2, io.SEEK_CUR)
    if not data:
        raise tarfile.ReadError("no data.tar")
    return data[0], io.BytesIO(data[1])


def main(arguments: list[str]) -> int:
    """Inspects an archive for a repository rule; returns the exit status."""
    path, kind, prefix, binary = arguments
    try:
        Contents(Path(path), kind, prefix, binary).check()
    except ContentsError as error:
        print(error)
        return REFUSED
    except UnknownCompressionError:
        return UNREADABLE_HERE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
