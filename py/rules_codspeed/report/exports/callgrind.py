"""Profiles for viewers of callgrind's format, such as KCachegrind: one file for each benchmark.

A measured profile holds all benchmarks of a process in one file, has `summary: 0`, as each
was dumped when nothing was counted any more (spec: simulation 8.3), and may define
the short names of a part in an earlier one: viewers cannot use that.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.output.atomic import sync_folder, sync_tree
from rules_codspeed.contract.output.parts import part_folder
from rules_codspeed.contract.output.space import is_no_space, no_space
from rules_codspeed.report.exports import Measured
from rules_codspeed.results.callgrind.body import COMPRESSED_NAME, NAME_KINDS, BodyCosts, NameIds
from rules_codspeed.results.callgrind.reader import CallgrindError, Part, read_bodies
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd, trigger_text
from rules_codspeed.results.graphs.profile_graphs import profile_files

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 120  # characters of a benchmark in a file name
_HEADER = (b"creator:", b"cmd:")
_HEADER_BYTES = 1 << 16

NamesById = dict[tuple[str, bytes], bytes]


class _Copy:
    """Takes the lines of a part as they are, except for short names that it does not define.

    Attributes:
      events: of the part.
      positions: of its lines.
      lines: its blocks.
    """

    def __init__(
        self,
        events: tuple[str, ...],
        positions: tuple[str, ...],
        ids: NameIds,
        names: NamesById,
    ) -> None:
        self.events = events
        self.positions = positions
        self.lines: list[bytes] = []
        self._checked = BodyCosts(len(events), len(positions), ids)
        self._names = names
        self._defined: set[tuple[str, bytes]] = set()

    @property
    def sums(self) -> list[int]:
        """Self cost by event."""
        return self._checked.sums

    def add(self, block: bytes, file: str, line: int, offset: int) -> None:
        """Takes a block, as `BodyCosts.add` does."""
        self._checked.add(block, file, line, offset)
        if b"=(" in block:
            block = COMPRESSED_NAME.sub(self._name, block)
        self.lines.append(block)

    def _name(self, found: re.Match[bytes]) -> bytes:
        spec, number, start = found.groups()
        key = (NAME_KINDS[spec], number)
        if start:
            end = found.string.find(b"\n", found.end(3))
            self._names[key] = found.string[found.start(3) : end].rstrip(b"\r")
        elif key not in self._defined and key in self._names:
            self._defined.add(key)
            return b"%b=(%b) %b" % (spec, number, self._names[key])
        self._defined.add(key)
        return found[0]


def export(run: Measured, path: Path) -> None:
    """Writes a folder with the profiles of a run; raises CodSpeedError for a bad one, OSError."""
    try:
        write_callgrind_files(run.callgrind_folders(), path)
    except CallgrindError as error:
        raise CodSpeedError(
            f"no profiles for KCachegrind in {path}",
            got=error,
            expected="complete callgrind profiles",
            fix="build the suite again with 'bazel run'",
        ) from error


def write_callgrind_files(profiles: Iterable[Path], folder: Path) -> list[Path]:
    """Writes `callgrind.out.<benchmark>` for each benchmark of some profile folders.

    The files get their names when all of them are complete and on the disk.

    Args:
      profiles: folders with the callgrind files `<n>.out`.
      folder: gets the files; made if it is not there. Files of the same names are replaced, others
        stay.

    Returns:
      the files, in the order of the profiles.

    Raises:
      CallgrindError: a file is not a complete callgrind profile.
      OSError: a file cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [file for profile in profiles for _, file in profile_files(profile)]
    names: dict[str, str] = {}
    try:
        with part_folder(folder) as draft:
            for file in files:
                _write_parts(file, lambda uri: draft / _new_name(uri, names))
            sync_tree(draft)
            for name in names.values():
                os.replace(draft / name, folder / name)
        sync_folder(folder)
    except OSError as error:
        with contextlib.suppress(OSError):  # not empty: it was there before
            folder.rmdir()
        if is_no_space(error):
            needed = sum(file.stat().st_size for file in files)
            raise no_space(error, folder, needed, folder.parent) from error
        raise
    return [folder / name for name in names.values()]


def _new_name(uri: str, written: dict[str, str]) -> str:
    """Returns a file name that no other benchmark of this export has, whatever its case."""
    safe = _UNSAFE.sub("_", uri).strip("._")[:_LONGEST] or "benchmark"
    name, number = safe, 1
    while name.lower() in written:
        number += 1
        name = f"{safe}-{number}"
    written[name.lower()] = f"callgrind.out.{name}"
    return written[name.lower()]


def _write_parts(file: Path, path_of: Callable[[str], Path]) -> None:
    """Writes the benchmarks of one file; `path_of` gives the file of each URI."""
    ids: NameIds = set()
    names: NamesById = {}

    def make(events: tuple[str, ...], positions: tuple[str, ...]) -> _Copy:
        return _Copy(events, positions, ids, names)

    with file.open("rb") as stream:
        header = _header(stream.read(_HEADER_BYTES))
        stream.seek(0)
        for part, copy in read_bodies(stream, str(file), make):
            if isinstance(part.trigger, BenchmarkEnd):
                path_of(part.trigger.uri).write_bytes(_file(header, part, copy))


def _header(start: bytes) -> bytes:
    """Returns the lines that state what made the profile."""
    lines = start.partition(b"\npart:")[0].splitlines()
    return b"".join(b"%b\n" % line for line in lines if line.startswith(_HEADER))


def _file(header: bytes, part: Part, copy: _Copy) -> bytes:
    totals = " ".join(map(str, part.totals)).encode()
    trigger = trigger_text(part.trigger).encode("utf-8", "surrogateescape")
    return b"".join([
        b"# callgrind format\nversion: 1\n", header, b"part: 1\n\n",
        b"desc: Trigger: ", trigger, b"\n\n",
        b"positions: ", " ".join(copy.positions).encode(), b"\n",
        b"events: ", " ".join(copy.events).encode(), b"\n",
        b"summary: ", totals, b"\n\n",
        *copy.lines,
        b"totals: ", totals, b"\n",
    ])  # fmt: skip
