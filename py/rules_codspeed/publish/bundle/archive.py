"""The archive of a profile folder: tar or tar.gz (spec: upload 3).

The same entries make the same bytes. Memory does not grow with the profile.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.output.atomic import new_file
from rules_codspeed.publish.bundle import tar_format
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError

Encoding = Literal["gzip"] | None

COMPRESS_FROM = 5 * 1024**3
"""Size in bytes of a profile folder of walltime or memory that is compressed."""

_LEVEL = 6  # the official runner's; all at 9 takes twice the time for 1 % less
_BLOCK = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive on the disk.

    Attributes:
      path: the file.
      md5: `profileMd5` of the metadata, and the header `Content-MD5` (spec: upload 3.3).
      size: in bytes.
      encoding: `profileEncoding` of the metadata, and the header `Content-Encoding`.
    """

    path: Path
    md5: str
    size: int
    encoding: Encoding


def archive_name(encoding: Encoding) -> str:
    """Returns the name of an archive's file."""
    return "archive.tar.gz" if encoding else "archive.tar"


def write_archive(
    entries: Sequence[Entry],
    executor: Executor,
    folder: Path,
    compress_from: int = COMPRESS_FROM,
) -> Archive:
    """Writes the archive of a merged profile folder.

    Args:
      entries: sorted by path.
      executor: how the profiles were measured; decides the encoding.
      folder: where the archive goes; made if it is missing.
      compress_from: size in bytes of the entries from which on any archive is compressed.

    Raises:
      PublishError: an entry cannot be read, or the archive not be written.
    """
    compress = executor == "valgrind" or sum(one.size() for one in entries) >= compress_from
    encoding: Encoding = "gzip" if compress else None
    path = folder / archive_name(encoding)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with new_file(path) as file:
            output = _HashingOutput(file)
            if compress:
                # No name and no time: they are not part of the content.
                with gzip.GzipFile("", "wb", _LEVEL, output, mtime=0) as stream:
                    _write_tar(entries, stream.write)
            else:
                _write_tar(entries, output.write)
    except OSError as error:
        raise PublishError(
            f"cannot write the archive of {executor}",
            got=f"{error.strerror}, for {path}",
            expected="a writable folder on a disk with free space",
            fix="make room, or choose another folder with XDG_STATE_HOME",
        ) from error
    return Archive(path, output.md5(), output.size, encoding)


def file_md5(file: BinaryIO) -> tuple[str, int]:
    """Returns hash, as `Archive.md5`, and size in bytes of what is left of a file."""
    output = _HashingOutput()
    while block := file.read(_BLOCK):
        output.write(block)
    return output.md5(), output.size


class _HashingOutput:
    """Counts and hashes what goes into a file."""

    def __init__(self, file: BinaryIO | None = None) -> None:
        self._file = file
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, data: bytes) -> int:
        if self._file:
            self._file.write(data)
        self._md5.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        if self._file:
            self._file.flush()

    def md5(self) -> str:
        return base64.b64encode(self._md5.digest()).decode("ascii")


def _write_tar(entries: Iterable[Entry], write: Callable[[bytes], object]) -> None:
    write(tar_format.folder_header(b"./"))
    folders = {"."}
    for entry in entries:
        for parent in reversed(PurePosixPath(entry.path).parents):
            if str(parent) not in folders:
                folders.add(str(parent))
                write(tar_format.folder_header(os.fsencode(parent)))
        _write_file(entry, write)
    write(tar_format.END)


def _write_file(entry: Entry, write: Callable[[bytes], object]) -> None:
    size = entry.size()
    write(tar_format.file_header(os.fsencode(entry.path), size))
    written = 0
    for block in entry.blocks():
        write(block)
        written += len(block)
    if written != size:
        raise PublishError(
            f"{entry.path} of the profile of {entry.owner} changed while it was archived",
            got=f"{written} bytes",
            expected=f"{size} bytes",
            fix="publish again when no build runs",
        )
    write(tar_format.padding(size))
