"""The marker of an exported folder: what was written, so that nothing else is ever replaced."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

MARKER = ".rules_codspeed_export.json"

_SCHEMA = 1
_FOLDER = ""  # in place of a file's digest


def write_marker(folder: Path) -> None:
    """Writes the marker of a folder that holds an export and nothing else."""
    entries = {path: _digest(folder / path) for path in _paths(folder)}
    document = {"schema": _SCHEMA, "entries": entries}
    (folder / MARKER).write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")


def update_marker(folder: Path, path: str) -> None:
    """Updates the entry of a file that we changed. Does nothing without a marker.

    Args:
      folder: holds an export.
      path: of the file, relative.

    Raises:
      OSError: the file or the marker cannot be read or written.
    """
    listed = _read_marker(folder)
    if listed is None or path not in listed:
        return
    document = {"schema": _SCHEMA, "entries": {**listed, path: _digest(folder / path)}}
    new = folder / f"{MARKER}.new"
    new.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
    new.replace(folder / MARKER)


def foreign_entry(folder: Path) -> str | None:
    """Returns what no export wrote, as a relative path; None if there is no such entry.

    That is an entry that the marker does not list, a file whose content differs from what
    the marker lists, or a link. Listed entries may be missing.

    Raises:
      OSError: something in the folder cannot be read.
    """
    listed = _read_marker(folder)
    for path in _paths(folder):
        if path == MARKER and listed is not None:
            continue
        if listed is None or path not in listed or listed[path] != _digest(folder / path):
            return path
    return None


def _read_marker(folder: Path) -> dict[str, str] | None:
    """Returns what is listed: digests by path. None if there is no marker."""
    marker = folder / MARKER
    try:
        if not stat.S_ISREG(marker.lstat().st_mode):
            return None
        document = json.loads(marker.read_bytes())
        return dict(document["entries"]) if document["schema"] == _SCHEMA else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _paths(folder: Path, below: str = "") -> Iterator[str]:
    """Yields all that a folder holds, a folder before what is in it."""
    with os.scandir(folder / below) as unsorted:
        entries = sorted(unsorted, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{below}/{entry.name}".lstrip("/")
        yield path
        if entry.is_dir(follow_symlinks=False):
            yield from _paths(folder, path)


def _digest(path: Path) -> str | None:
    """Returns the SHA-256 of a file, or what stands for a folder; None for anything else."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return _FOLDER
    if not stat.S_ISREG(mode):
        return None
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
