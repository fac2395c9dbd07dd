"""Writes archives that Linux unpacks before it starts: cpio, format `newc`.

Format: Documentation/driver-api/early-userspace/buffer-format.rst of Linux. All belongs to root and
has no time stamp, so equal trees give equal bytes. Standard library only.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MAGIC = "070701"
_TRAILER = "TRAILER!!!"
_ALIGNED = 4
# Fields behind inode, mode, user, group, links and time.
_DEVICES = (0, 0, 0, 0)


class Archive:
    """An archive that is being written; a later entry replaces an earlier one of the same path."""

    def __init__(self, stream: BinaryIO) -> None:
        """Begins the archive.

        Args:
          stream: where it is written, from an offset that is a multiple of four.
        """
        self._stream = stream
        self._inode = 0
        self._folders: set[str] = set()

    def add(self, path: str, mode: int, content: bytes = b"") -> None:
        """Adds an entry, after the folders that it lies in.

        Args:
          path: in the archive, relative.
          mode: type and rights.
          content: of a file; of a symbolic link its target.
        """
        parent = os.path.dirname(path)
        if parent and parent not in self._folders:
            self.add(parent, stat.S_IFDIR | 0o755)
        if stat.S_ISDIR(mode):
            self._folders.add(path)
        self._inode += 1
        self._write(path, self._inode, mode, content)

    def _write(self, path: str, inode: int, mode: int, content: bytes) -> None:
        name = os.fsencode(path) + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(content), *_DEVICES, len(name), 0)
        header = _MAGIC + "".join(f"{field:08x}" for field in fields)
        self._padded(header.encode() + name)
        self._padded(content)

    def _padded(self, content: bytes) -> None:
        self._stream.write(content + bytes(-len(content) % _ALIGNED))

    def close(self) -> None:
        """Ends the archive. Another may follow in the same file."""
        self._write(_TRAILER, 0, 0, b"")


def entries(root: Path) -> Iterator[tuple[str, int, bytes]]:
    """Yields path, mode and content of all below a folder, folders before what they hold.

    What is neither folder, file nor symbolic link is left out.
    """
    for base, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(folders + files):
            full = Path(base, name)
            mode = full.lstat().st_mode
            if stat.S_ISLNK(mode):
                content = os.fsencode(full.readlink())
            elif stat.S_ISREG(mode):
                content = full.read_bytes()
            elif stat.S_ISDIR(mode):
                content = b""
            else:
                continue
            yield str(full.relative_to(root)), mode, content
