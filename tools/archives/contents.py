"""Inspects what an archive unpacks to, before it is pinned and again before it is unpacked.

Bazel, which unpacks it, has no limit of size, and writes through a hard link to any path that an
archive names. So archives may contain only files, folders, and links between them, each name once,
and nothing below a link. The program in it has to be one for the platform. Repository rules run
this file alone, with the standard library: `contents.py FILE KIND PREFIX BINARY PLATFORM` prints
what is wrong, and exits with status 1. It writes nothing.
"""

from __future__ import annotations

import gzip
import io
import lzma
import posixpath
import re
import struct
import sys
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

MOST_BYTES = 1 << 30
"""Size of all files of an archive, in bytes; CodSpeed's largest unpack to a tenth of that."""

MOST_ENTRIES = 100_000
LONGEST_NAME = 1 << 14
"""Bytes of the names that stand before an entry."""

_AR = b"!<arch>\n"
_AR_HEADER = 60  # bytes
_AR_SIZE = re.compile(rb"[0-9]{1,10} *")
_MEMBERS = ("debian-binary", "control.tar", "data.tar", "_gpg")

_BLOCK = 512  # bytes
_CHUNK = 1 << 16  # bytes

_ELF = b"\x7fELF"
_ELF_HEADER = struct.Struct("<4sBB12xH")  # magic number, class, byte order, machine: elf(5)
_MACHINES = {"linux_aarch64": (2, 1, 183), "linux_x86_64": (2, 1, 62)}
_XZ_MEMORY = 256 << 20  # bytes; xz -9 needs 65 MiB
_PAX_RECORD = re.compile(rb"([0-9]{1,7}) ([^=]+)=")

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
      platform: of the program, for example `linux_aarch64`. A script may run anywhere.
    """

    path: Path
    kind: str
    prefix: str
    binary: str
    platform: str = ""

    def check(self) -> None:
        """Inspects every entry.

        Raises:
          ContentsError: it is not an archive, or must not be unpacked.
          UnknownCompressionError: this Python cannot read it.
        """
        tree = _Tree()
        program = posixpath.join(self.prefix, self.binary)
        try:
            with self.path.open("rb") as file:
                for entry, start in _Tar(_plain(*_packed(file, self.kind))).entries():
                    tree.add(entry)
                    if self.platform and posixpath.normpath(entry.name) == program:
                        _check_program(start, self.platform)
        except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise ContentsError(f"no {self.kind} that can be read: {error}") from error
        if not any(name.startswith(f"{self.prefix}/") for name in tree.files):
            raise ContentsError(f"no file below {self.prefix}/")
        if self.binary and program not in tree.files:
            raise ContentsError(f"no program {program}")


def _check_program(start: bytes, platform: str) -> None:
    """Refuses a program of another kind of processor, by its first bytes."""
    if not start.startswith(_ELF):
        return
    header = _ELF_HEADER.unpack(start) if len(start) == _ELF_HEADER.size else ()
    if header[1:] != _MACHINES[platform]:
        kind = "class {}, byte order {}, machine {}".format(*header[1:]) if header else "cut off"
        raise ContentsError(f"a program that is not for {platform}: ELF, {kind}")


@dataclass(slots=True)
class _Tree:
    """What an archive unpacks to.

    Attributes:
      files: paths of regular files.
    """

    files: set[str] = field(default_factory=set)
    _folders: set[str] = field(default_factory=set)
    # Folded, as the file systems of some machines do: files may differ by that alone, links not.
    _names: set[str] = field(default_factory=set)
    _links: set[str] = field(default_factory=set)

    def add(self, entry: tarfile.TarInfo) -> None:
        """Adds an entry; refuses what no archive needs."""
        name = posixpath.normpath(entry.name)
        if posixpath.isabs(entry.name) or name.startswith("..") or "\0" in name:
            raise ContentsError(f"an entry outside of the archive: {entry.name!r}")
        is_file, is_link = entry.type in tarfile.REGULAR_TYPES, entry.issym() or entry.islnk()
        if not (is_file or is_link or entry.isdir()):
            raise ContentsError(f"an entry that is neither file nor folder: {entry.name!r}")
        if entry.isdir():
            self._add_folder(name)
            return
        self._add_folder(posixpath.dirname(name))
        folded = _folded(name)
        if name in self.files or name in self._folders or folded in self._links:
            raise ContentsError(f"an entry that is there twice: {entry.name!r}")
        if is_file:
            self.files.add(name)
        elif folded in self._names:
            raise ContentsError(f"a link in place of another entry: {entry.name!r}")
        else:
            self._check_link(entry, name)
            self._links.add(folded)
        self._names.add(folded)

    def _add_folder(self, name: str) -> None:
        """Adds a folder and those above it; what is unpacked below a link may lead outside."""
        while name not in self._folders and name not in ("", "."):
            if name in self.files or _folded(name) in self._links:
                raise ContentsError(f"an entry below a file or a link: {name!r}")
            self._folders.add(name)
            self._names.add(_folded(name))
            name = posixpath.dirname(name)

    def _check_link(self, entry: tarfile.TarInfo, name: str) -> None:
        target = entry.linkname
        # A hard link names a path of the archive, a symbolic one a path from where it is.
        base = posixpath.dirname(name) if entry.issym() else ""
        leads_to = posixpath.normpath(posixpath.join(base, target))
        # A step back behind a name leads elsewhere, if the name is a link.
        forward = re.sub(r"^(?:\.{1,2}/+)*", "", target) if entry.issym() else target
        if posixpath.isabs(target) or leads_to.startswith("..") or ".." in forward.split("/"):
            raise ContentsError(f"a link that leads outside: {name} to {target!r}")
        if "\0" in target or (entry.islnk() and leads_to not in self.files):
            raise ContentsError(f"a link to no file: {name} to {target!r}")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class _Tar:
    """Reads a tar file in bounded memory: the module `tarfile` takes names of any size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = MOST_BYTES + 2 * _BLOCK * MOST_ENTRIES

    def entries(self) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
        """Yields all entries, with the names that stand before them, and each one's first bytes."""
        size = 0
        common: dict[str, str] = {}
        for count, (entry, own) in enumerate(self._with_names(common), 1):
            for key, value in {**common, **own}.items():
                _set(entry, key, value)
            size += entry.size
            if count > MOST_ENTRIES or size > MOST_BYTES:
                raise _too_much()
            blocks = -(-entry.size // _BLOCK)
            start = self._read(min(blocks, 1) * _BLOCK)
            yield entry, start[: min(entry.size, _ELF_HEADER.size)]
            self._skip(max(blocks - 1, 0) * _BLOCK)

    def _with_names(
        self, common: dict[str, str]
    ) -> Iterator[tuple[tarfile.TarInfo, dict[str, str]]]:
        own: dict[str, str] = {}
        while (block := self._read(_BLOCK)).strip(b"\0"):
            entry = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            if entry.size < 0:
                raise tarfile.ReadError("a negative size")
            if entry.type == tarfile.GNUTYPE_LONGNAME:
                own["path"] = _text(self._name(entry.size).rstrip(b"\0"))
            elif entry.type == tarfile.GNUTYPE_LONGLINK:
                own["linkpath"] = _text(self._name(entry.size).rstrip(b"\0"))
            elif entry.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                own |= _pax(self._name(entry.size))
            elif entry.type == tarfile.XGLTYPE:
                common |= _pax(self._name(entry.size))
            else:
                yield entry, own
                own = {}
        if own:
            raise EOFError("a name without an entry")

    def _read(self, size: int) -> bytes:
        """Returns so many bytes, which must be there."""
        data = b""
        while len(data) < size:
            piece = self._stream.read(size - len(data))
            if not piece:
                raise EOFError("it ends before its end mark")
            data += piece
        self._left -= size
        if self._left < 0:
            raise _too_much()
        return data

    def _name(self, size: int) -> bytes:
        if size > LONGEST_NAME:
            raise ContentsError(f"a name of {size} bytes")
        return self._read(-(-size // _BLOCK) * _BLOCK)[:size]

    def _skip(self, left: int) -> None:
        while left:
            left -= len(self._read(min(left, _CHUNK)))


def _too_much() -> ContentsError:
    return ContentsError(
        f"more than {MOST_BYTES >> 20} MiB or {MOST_ENTRIES} entries when unpacked"
    )


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _pax(content: bytes) -> dict[str, str]:
    """Returns what an extended header sets: pax(1), "pax Extended Header"."""
    found: dict[str, str] = {}
    while content:
        record = _PAX_RECORD.match(content)
        if not record or not record.end() < int(record[1]) <= len(content):
            raise tarfile.ReadError("a damaged extended header")
        key = _text(record[2])
        if key.startswith("GNU.sparse."):
            raise ContentsError("a file with holes")
        found[key] = _text(content[record.end() : int(record[1]) - 1])
        content = content[int(record[1]) :]
    return found


def _set(entry: tarfile.TarInfo, key: str, value: str) -> None:
    if key == "path":
        entry.name = value
    elif key == "linkpath":
        entry.linkname = value
    elif key == "size":
        if not re.fullmatch("[0-9]{1,15}", value):
            raise tarfile.ReadError("a damaged size")
        entry.size = int(value)


def _plain(file: IO[bytes], kind: str) -> IO[bytes]:
    """Returns the content of a compressed tar file."""
    if kind == "tar.gz":
        return cast("IO[bytes]", gzip.open(file))
    if kind == "tar.xz":
        return cast("IO[bytes]", _Xz(file))
    if kind == "tar.zst":
        try:
            import zstandard
        except ImportError as error:
            raise UnknownCompressionError("zstandard") from error

        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        return cast("IO[bytes]", _Zstandard(reader))
    raise tarfile.ReadError(f"{kind}, which is none of tar.gz, tar.xz and tar.zst")


class _Xz:
    """Reads xz streams one after the other; a stream may ask for no more memory than xz -9."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int) -> bytes:
        while True:
            packed = b""
            if self._stream.eof:
                # Padding between streams is made of zeros.
                packed = self._stream.unused_data.lstrip(b"\0") or self._next().lstrip(b"\0")
                if not packed:
                    return b""
                self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
            elif self._stream.needs_input:
                packed = self._next()
                if not packed:
                    raise EOFError("the compressed file ends early")
            if data := self._stream.decompress(packed, size):
                return data

    def _next(self) -> bytes:
        return self._file.read(_CHUNK)


class _Zstandard:
    """Reads a zstandard stream; damage is an OSError, as with the other compressions."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        import zstandard

        try:
            return self._stream.read(size)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error


def _packed(file: IO[bytes], kind: str) -> tuple[IO[bytes], str]:
    """Returns the compressed tar file of an archive and its kind: deb(5)."""
    if kind != "deb":
        return file, kind
    if file.read(len(_AR)) != _AR:
        raise tarfile.ReadError("no ar archive")
    data: list[tuple[str, int, int]] = []
    while header := file.read(_AR_HEADER):
        name = header[:16].decode("ascii", "replace").rstrip(" ").removesuffix("/")
        if len(header) < _AR_HEADER or not _AR_SIZE.fullmatch(header[48:58]):
            raise tarfile.ReadError("a damaged header")
        # Bazel unpacks these to files of their names.
        if not name.startswith(_MEMBERS) or "/" in name:
            raise ContentsError(f"a member that no package has: {name!r}")
        size = int(header[48:58])
        if name.startswith("data.tar"):
            data.append((name, file.tell(), size))
        file.seek(size + size % 2, io.SEEK_CUR)
    if not data:
        raise tarfile.ReadError("no data.tar")
    if len(data) > 1:
        raise ContentsError("more than one data.tar")
    ((name, start, size),) = data
    file.seek(start)
    return cast("IO[bytes]", _Member(file, size)), name.removeprefix("data.")


class _Member:
    """Reads one member of an archive, which begins where its file is now."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def main(arguments: list[str]) -> int:
    """Inspects an archive for a repository rule; returns the exit status."""
    path, *words = arguments
    try:
        Contents(Path(path), *words).check()
    except ContentsError as error:
        print(error)
        return REFUSED
    except UnknownCompressionError:
        return UNREADABLE_HERE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
