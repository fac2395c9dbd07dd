"""Layers of a root: Debian packages, and archives such as the layers of an OCI image.

A Debian package is an ar archive that holds `data.tar` in some compression (deb(5)). The first
bytes of a file state its kind: layers of images have no names.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

_AR = b"!<arch>\n"
_AR_HEADER = 60  # bytes of a member's header: name, then from byte 48 on the size
_DIGITS = re.compile(rb"(\d{1,10}) *")
_BLOCK = 1 << 16  # bytes


def _plain(content: bytes) -> bytes:
    return content


def _unzstd(content: bytes) -> bytes:
    """Decompresses all frames."""
    # Only here: few packages need the wheel.
    import zstandard

    found, at = [], 0
    try:
        while at < len(content):
            frame = zstandard.ZstdDecompressor().decompressobj()
            while not frame.eof:
                block = content[at : at + _BLOCK]
                if not block:
                    raise EOFError("compressed data that ends early")
                found.append(frame.decompress(block))
                at += len(block) - len(frame.unused_data)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return b"".join(found)


# By the first bytes.
_COMPRESSIONS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ\0": lzma.decompress,
    b"BZh": bz2.decompress,
    b"\x28\xb5\x2f\xfd": _unzstd,
    b"": _plain,
}


class Layer(NamedTuple):
    """A layer, opened.

    Attributes:
      archive: its entries.
      is_package: whether it is a Debian package, which dpkg would unpack.
    """

    archive: tarfile.TarFile
    is_package: bool


@contextmanager
def open_layer(path: str) -> Iterator[Layer]:
    """Opens a layer; whoever uses it reads all entries.

    Raises:
      CodSpeedError: it is neither a Debian package nor a tar archive, is damaged, or what uses it
        raises a ValueError.
    """
    content = Path(path).read_bytes()
    is_package = content.startswith(_AR)
    try:
        data = _decompressed(_data_of_package(content) if is_package else content)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            yield Layer(archive, is_package)
            # tarfile takes a header that it cannot read for the end.
            if len(data) < archive.offset + tarfile.BLOCKSIZE or any(data[archive.offset :]):
                raise ValueError(f"a tar archive that is damaged at byte {archive.offset:,}")
    except (ValueError, EOFError, lzma.LZMAError, zlib.error, tarfile.TarError, OSError) as error:
        raise _unusable(path, error) from error


def _unusable(path: str, got: object) -> CodSpeedError:
    """Returns the error of a layer that a root cannot be made of."""
    return CodSpeedError(
        f"{Path(path).name} cannot be a layer of a root",
        got=got,
        expected="a Debian package, or a tar archive, plain or compressed by gzip, xz, bzip2 or "
        "zstd, of folders, files and links",
        fix="check the attribute layers of the codspeed_root",
    )


def _decompressed(content: bytes) -> bytes:
    for start, decompress in _COMPRESSIONS.items():
        if content.startswith(start):
            return decompress(content)
    raise AssertionError("every content starts with nothing")


def _data_of_package(content: bytes) -> bytes:
    """Returns the member `data.tar` of an ar archive, with its compression."""
    at = len(_AR)
    while at + _AR_HEADER <= len(content):
        header = content[at : at + _AR_HEADER]
        digits = _DIGITS.fullmatch(header, 48, 58)
        if not digits:
            raise ValueError("a package with a member without a size")
        size = int(digits[1])
        at += _AR_HEADER
        if header.startswith(b"data.tar"):
            return content[at : at + size]
        at += size + size % 2
    raise ValueError("a package without data.tar")
