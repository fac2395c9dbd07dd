"""Unpacks an archive of profiles, checked before."""

from __future__ import annotations

import contextlib
import errno
import gzip
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from rules_codspeed.collector.archive import Limits, check_archive
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.contract.file_limits import FOLDER
from rules_codspeed.contract.strict_json import bounded
from rules_codspeed.profiles.document import bad_profile
from rules_codspeed.profiles.files import opened
from rules_codspeed.profiles.kinds import HEAD, WINDOW, kind_of

ARCHIVES = ("tar", "tar.gz", "tar.zst")
"""Those kinds of files."""

_DAMAGES = (
    *(Refusal, tarfile.TarError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError, EOFError),
)
_BLOCK = 1 << 20
_LONGEST_NAME = 80  # characters that are shown
_LIMITS = Limits(max_bytes=FOLDER.size)


@contextlib.contextmanager
def unpacked(path: Path, name: str) -> Iterator[Path]:
    """Yields the folder that an archive holds; a folder itself.

    Args:
      path: of either.
      name: what the user calls it.

    Raises:
      CodSpeedError: it is neither, or damaged.
      OSError: it cannot be read.
    """
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="unpacked-") as scratch:
        try:
            with opened(path) as stream:
                kind = kind_of(stream.read(HEAD), path.name)
                stream.seek(0)
                if kind not in ARCHIVES:
                    raise ValueError("it is neither a folder nor an archive")
                folder = unpack(stream, path.stat().st_size, kind, Path(scratch))
        except ValueError as error:
            raise bad_profile(name, error) from error
        yield folder


def unpack(stream: BinaryIO, size: int, kind: str, folder: Path) -> Path:
    """Unpacks an archive below a folder; returns where.

    Args:
      stream: the archive.
      size: of it in bytes.
      kind: `tar`, `tar.gz` or `tar.zst`.
      folder: an empty one.

    Raises:
      ValueError: it is damaged, expands too far, or holds anything but files and folders below
        its root.
    """
    tar = folder / "archive.tar"
    try:
        with _expanded(stream, kind) as reading, tar.open("wb") as writing:
            _copy(reading, writing, _LIMITS.of_archive(size))
        # What was expanded is small enough, whatever its ratio to itself.
        check_archive(tar, compressed=False, limits=_LIMITS)
        return _extracted(tar, folder / "files")
    except _DAMAGES as error:
        raise ValueError(f"the archive is damaged: {error}") from error


def _expanded(stream: BinaryIO, kind: str) -> BinaryIO:
    if kind == "tar.gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    if kind == "tar.zst":
        decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
        return cast(
            BinaryIO,
            decompressor.stream_reader(stream, read_across_frames=True, closefd=False),
        )
    return stream


def _copy(reading: BinaryIO, writing: BinaryIO, limit: int) -> None:
    count = 0
    while block := reading.read(_BLOCK):
        count += len(block)
        if count > limit:
            raise ValueError(f"the archive expands to more than {limit:,} bytes")
        writing.write(block)


def _extracted(tar: Path, folder: Path) -> Path:
    folder.mkdir()
    with tarfile.open(tar, "r:") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isreg() else None
            if content:
                path = folder / entry.name
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with content, path.open("xb") as file:
                        shutil.copyfileobj(content, file)
                except (FileExistsError, NotADirectoryError) as error:
                    raise ValueError(f"the archive has {entry.name!r} twice") from error
                except OSError as error:
                    if error.errno != errno.ENAMETOOLONG:
                        raise
                    # Its path is one of ours, which nobody could shorten.
                    name = bounded(repr(entry.name), _LONGEST_NAME)
                    raise ValueError(f"no file here can have the name {name}") from error
    tar.unlink()
    return folder
