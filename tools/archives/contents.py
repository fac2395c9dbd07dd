"""What an archive unpacks to, looked at before anybody pins it. Nothing is written.

Bazel, which unpacks it later, has no limit of size, and makes a hard link to wherever an
archive says. So no archive gets a row that holds more than files, folders, and links between
them.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from tools.archives.errors import ArchivesError

MOST_BYTES = 1 << 30
"""Size of all files of an archive, in bytes; CodSpeed's largest unpack to a tenth of that."""

MOST_ENTRIES = 100_000

_AR = b"!<arch>\n"
_AR_HEADER = 60  # bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """An archive whose entries are to be looked at.

    Attributes:
      path: the file.
      title: what it is, for errors.
      kind: `deb`, or the kind of a tar file.
      prefix: folder in it that is unpacked.
      binary: path below the prefix of the program that must be there; empty for none.
    """

    path: Path
    title: str
    kind: str
    prefix: str
    binary: str

    def check(self) -> None:
        """Looks at every entry.

        Raises:
          ArchivesError: it is no archive, or one that must not be unpacked.
        """
        try:
            with self.path.open("rb") as file, _tar(file, self.kind) as archive:
                names = set(self._checked(archive))
        except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise self._refused(f"no {self.kind} that can be read: {error}") from error
        program = posixpath.join(self.prefix, self.binary)
        if self.binary and program not in names:
            raise self._refused(f"no program {program}")

    def _checked(self, archive: tarfile.TarFile) -> Iterator[str]:
        """Yields the paths of regular files; refuses what no archive needs."""
        size = 0
        for count, entry in enumerate(archive, 1):
            size += entry.size
            if count > MOST_ENTRIES or size > MOST_BYTES:
                raise self._refused(
                    f"more than {MOST_BYTES >> 20} MiB or {MOST_ENTRIES} entries when unpacked"
                )
            name = posixpath.normpath(entry.name)
            if posixpath.isabs(entry.name) or name.startswith(".."):
                raise self._refused(f"an entry outside of the archive: {entry.name!r}")
            if not (entry.isreg() or entry.isdir() or entry.issym() or entry.islnk()):
                raise self._refused(f"an entry that is neither file nor folder: {entry.name!r}")
            if entry.issym() or entry.islnk():
                self._check_link(entry, name)
            if entry.isreg():
                yield name

    def _check_link(self, entry: tarfile.TarInfo, name: str) -> None:
        # A hard link names a path of the archive, a symbolic one a path from where it is.
        base = posixpath.dirname(name) if entry.issym() else ""
        target = posixpath.normpath(posixpath.join(base, entry.linkname))
        if posixpath.isabs(entry.linkname) or target.startswith(".."):
            raise self._refused(f"a link that leads outside: {name} to {entry.linkname!r}")

    def _refused(self, got: str) -> ArchivesError:
        return ArchivesError(
            f"{self.title} must not be pinned",
            got,
            "an archive of files, folders and links between them, with the program in it",
            "ask the makers of the release",
        )


@contextlib.contextmanager
def _tar(file: IO[bytes], kind: str) -> Iterator[tarfile.TarFile]:
    """Opens the tar file of an archive as a stream: no entry is held in memory."""
    if kind == "deb":
        name, file = _data_of_package(file)
        kind = name.removeprefix("data.")
    with _plain(file, kind) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
        yield archive


def _plain(file: IO[bytes], kind: str) -> IO[bytes]:
    """Returns what a compressed tar file holds. tarfile's own readers trip over damaged ones."""
    if kind == "tar.gz":
        return cast("IO[bytes]", gzip.open(file))
    if kind == "tar.xz":
        return lzma.open(file)
    if kind == "tar.zst":
        import zstandard

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
    while header := file.read(_AR_HEADER):
        try:
            name, size = header[:16].decode("ascii").strip(" /"), int(header[48:58])
        except ValueError as error:
            raise tarfile.ReadError("a damaged header") from error
        if name.startswith("data.tar"):
            return name, io.BytesIO(file.read(size))
        file.seek(size + size % 2, io.SEEK_CUR)
    raise tarfile.ReadError("no data.tar")
