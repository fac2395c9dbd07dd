"""Paths of source files, joined as the reference joins them (spec: symbol-harvest 6.1)."""

from __future__ import annotations

from rules_codspeed.harvest.dwarf.damage import Budget, Damage
from rules_codspeed.harvest.dwarf.line_header import SECTION, LineHeader, Text
from rules_codspeed.harvest.dwarf.strings import string_of
from rules_codspeed.harvest.dwarf.units import Unit

_ROOM = 128 << 20  # bytes of all paths of a file


class Paths:
    """Keeps each path once: many units have the same ones."""

    __slots__ = ("_budget", "_known")

    def __init__(self) -> None:
        self._budget = Budget(SECTION, _ROOM)
        self._known: dict[str, str] = {}

    def one(self, path: str) -> str:
        """Returns the first string that was equal to this one.

        Raises:
          Damage: all paths together are too long.
        """
        known = self._known.get(path)
        if known is None:
            self._budget.spend(len(path), 0)
            known = self._known[path] = path
        return known


class Files:
    """The files of a unit by the indices of its line number program."""

    __slots__ = ("_header", "_known", "_paths", "_unit")

    def __init__(self, unit: Unit, header: LineHeader, paths: Paths) -> None:
        """Makes the table of a unit."""
        self._unit = unit
        self._header = header
        self._paths = paths
        self._known: dict[int | None, str | None] = {None: None}

    def path(self, index: int | None) -> str | None:
        """Returns the path of a file; None when the table does not have it.

        Raises:
          Damage: a part of the path cannot be read.
        """
        if index not in self._known:
            path = self._path(index)
            self._known[index] = path if path is None else self._paths.one(path)
        return self._known[index]

    def _path(self, index: int | None) -> str | None:
        if index is None:
            return None
        header, start = self._header, _text(self._unit.comp_dir or b"")
        if header.encoding.version < 5:
            if not index:
                main = self._unit.name
                return "" if main is None else joined(start, _text(main))
            index -= 1
        elif not index and not header.files:
            return ""
        if index >= len(header.files):
            return None
        name, number = header.files[index]
        # Directory 0 is that of the compilation, which the path begins with.
        row = number - (header.encoding.version < 5)
        if number and row < len(header.directories):
            start = joined(start, self._string(header.directories[row]))
        return joined(start, self._string(name))

    def _string(self, text: Text) -> str:
        raw = string_of(self._unit.strings, text.form, text.value)
        if raw is None:
            offset = self._unit.line or 0
            raise Damage(SECTION, offset, "a name in no section", "one in a section of strings")
        return _text(raw)


def joined(start: str, path: str) -> str:
    """Returns a path below another one, or itself when it is absolute, on Windows too."""
    if path[:1] in ("/", "\\") or path[1:3] in (":/", ":\\"):
        return path
    separator = "\\" if start[:1] == "\\" or start[1:3] == ":\\" else "/"
    if start and not start.endswith(separator):
        start += separator
    return start + path


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
