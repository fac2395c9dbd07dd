"""GNU tar, as the official runner writes it (spec: upload 3.2).

Python's `tarfile` keeps only the permissions of a file's mode, where the official runner
has the type of the file too, and pads the archive to 10240 bytes.
"""

from __future__ import annotations

import stat

BLOCK = 512  # bytes
END = bytes(2 * BLOCK)

_NAME = 100  # bytes of a header that hold the path
_LONG_NAME = b"././@LongLink"
_LARGEST_OCTAL = 8**11 - 1  # bytes; larger sizes are written in base 256


def folder_header(path: bytes) -> bytes:
    """Returns the header of a folder."""
    return _long_name(path) + _header(path, stat.S_IFDIR | 0o755, 0, b"5")


def file_header(path: bytes, size: int) -> bytes:
    """Returns the header of a regular file of `size` bytes; content and padding follow."""
    return _long_name(path) + _header(path, stat.S_IFREG | 0o644, size, b"0")


def padding(size: int) -> bytes:
    """Returns the zeros that follow a content of `size` bytes."""
    return bytes(-size % BLOCK)


def _long_name(path: bytes) -> bytes:
    """Returns the entry that holds a path too long for the header of its file."""
    if len(path) <= _NAME:
        return b""
    content = path + b"\0"
    header = _header(_LONG_NAME, 0o644, len(content), b"L")
    return header + content + padding(len(content))


def _header(path: bytes, mode: int, size: int, kind: bytes) -> bytes:
    """Returns one block; owner and time are zero: the same files make the same archive."""
    before = b"".join(
        [
            path[:_NAME].ljust(_NAME, b"\0"),
            b"%07o\0" % mode,
            b"%07o\0" % 0,  # user
            b"%07o\0" % 0,  # group
            b"%011o\0" % size if size <= _LARGEST_OCTAL else b"\x80" + size.to_bytes(11, "big"),
            b"%011o\0" % 0,  # time
        ]
    )
    after = (kind + bytes(100) + b"ustar  \0").ljust(BLOCK - len(before) - 8, b"\0")
    # The sum is over the header with spaces in its place.
    return before + b"%06o\0 " % (sum(before) + 8 * ord(" ") + sum(after)) + after
