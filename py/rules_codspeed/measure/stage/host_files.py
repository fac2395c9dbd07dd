"""Small files of /proc and /sys, below a root that a test can replace."""

from __future__ import annotations

import glob
import os
import re

_LONGEST = 1 << 20  # bytes; /proc/cpuinfo of a large machine


class HostFiles:
    """Reads files of a machine; a file that is missing or may not be read is empty."""

    def __init__(self, root: str = "/") -> None:
        self._root = root

    def text(self, path: str) -> str:
        """Returns the content of a file, stripped."""
        try:
            with open(os.path.join(self._root, path), "rb") as file:
                return file.read(_LONGEST).decode("utf-8", "replace").strip().strip("\0")
        except OSError:
            return ""

    def number(self, path: str) -> int | None:
        """Returns the whole number that a file holds, or None."""
        text = self.text(path)
        return int(text) if re.fullmatch(r"-?[0-9]{1,20}", text) else None

    def exists(self, path: str) -> bool:
        """Whether the file or folder exists."""
        return os.path.exists(os.path.join(self._root, path))

    def glob(self, pattern: str) -> list[str]:
        """Returns the paths that match, below the root, in the order of numbers in them."""
        found = glob.glob(pattern, root_dir=self._root)
        return sorted(found, key=lambda path: [int(n) for n in re.findall(r"[0-9]+", path)])

    def field(self, path: str, name: str) -> str:
        """Returns the value of the first line `name : value` of a file."""
        for line in self.text(path).splitlines():
            key, colon, value = line.partition(":")
            if colon and key.strip() == name:
                return value.strip()
        return ""
