"""The marker of an exported folder: what was written, so that nothing else is ever replaced."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, TypeAdapter

from rules_codspeed.contract.output.atomic import new_file
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import Form, parse_json

MARKER = ".rules_codspeed_export.json"

_SCHEMA = 1
_FOLDER = ""  # in place of a file's digest


class _Document(Form):
    """The marker: digests by path. A path is percent-encoded, as its bytes need not be UTF-8."""

    schema_: Literal[1] = Field(alias="schema")
    entries: dict[str, str]


_DOCUMENT = TypeAdapter(_Document)


def write_marker(folder: Path) -> None:
    """Writes the marker of a folder that holds an export and nothing else."""
    entries = {_encoded(path): _digest(folder / path) for path in _paths(folder)}
    (folder / MARKER).write_text(_text(entries), encoding="ascii")


def update_marker(folder: Path, path: str) -> None:
    """Updates the entry of a file that we changed. Does nothing without a marker.

    Args:
      folder: holds an export.
      path: of the file, relative.

    Raises:
      OSError: the file or the marker cannot be read or written.
    """
    listed = _read_marker(folder)
    if listed is None or _encoded(path) not in listed:
        return
    entries: dict[str, str | None] = {**listed, _encoded(path): _digest(folder / path)}
    with new_file(folder / MARKER, private=False) as file:
        file.write(_text(entries).encode("ascii"))


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
        key = _encoded(path)
        if listed is None or key not in listed or listed[key] != _digest(folder / path):
            return path
    return None


def _encoded(path: str) -> str:
    return quote(os.fsencode(path))


def _text(entries: Mapping[str, str | None]) -> str:
    return json.dumps({"schema": _SCHEMA, "entries": entries}, indent=1) + "\n"


def _read_marker(folder: Path) -> dict[str, str] | None:
    """Returns what is listed: digests by encoded path. None if there is no marker."""
    marker = folder / MARKER
    try:
        if not stat.S_ISREG(marker.lstat().st_mode):
            return None
        return parse_json(_DOCUMENT, read_document(marker)).entries
    except (FileNotFoundError, DocumentError):
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
