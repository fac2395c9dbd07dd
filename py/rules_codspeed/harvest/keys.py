"""Keys of modules: short names for paths, used in the names of a profile's files."""

from __future__ import annotations

from pathlib import PurePosixPath

# A file name may have 255 bytes, and `.unwind_data` is the longest ending.
_LONGEST = 255 - len(".unwind_data")


class Keys:
    """Gives each path a key in the order of registration (spec: symbol-harvest 4.3)."""

    __slots__ = ("_by_path",)

    def __init__(self) -> None:
        self._by_path: dict[str, str] = {}

    def key(self, path: str) -> str:
        """Returns the key of a path, `<index>__<last component>`; registers a new path.

        Names that are too long for a file are cut; the official runner cannot write them at all.
        """
        key = self._by_path.get(path)
        if key is None:
            name = PurePosixPath(path).name
            key = f"{len(self._by_path)}__{'' if name == '..' else name}"
            key = key.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
            self._by_path[path] = key
        return key

    def paths(self) -> dict[str, str]:
        """Returns the path of each key, sorted by key."""
        return dict(sorted((key, path) for path, key in self._by_path.items()))
