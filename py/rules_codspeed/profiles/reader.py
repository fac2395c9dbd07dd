"""Reads profiles of any format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.profiles import callgrind, memtrack, recording, tracegrind, walltime
from rules_codspeed.profiles.archive import ARCHIVES, unpack
from rules_codspeed.profiles.document import Benchmark, Profile, bad_profile
from rules_codspeed.profiles.files import files_of, opened
from rules_codspeed.profiles.kinds import HEAD, kind_of
from rules_codspeed.results.callgrind.reader import Part


class _Files:
    """Several files, of which some belong together.

    Attributes:
      profiles: those that could be read, by name.
      others: names of files that are no profiles.
    """

    def __init__(self, functions: bool) -> None:
        self.profiles: dict[str, Profile] = {}
        self.others: list[str] = []
        self._functions = functions
        self._processes: dict[int, Sequence[Part]] = {}
        self._callgrind: list[str] = []
        # By folder: each measurement has process ids and a clock of its own.
        self._memory: dict[Path, memtrack.Memory] = {}

    def add(self, path: Path, name: str, lenient: bool) -> None:
        """Reads a file.

        Args:
          path: where it is.
          name: of it, for people.
          lenient: whether it may be something else.

        Raises:
          CodSpeedError: it is damaged, or something else.
        """
        try:
            with opened(path) as stream:
                head = stream.read(HEAD)
                stream.seek(0)
                kind = kind_of(head, name)
                # One within another, or in a folder, is not looked into.
                profile: Profile | None
                if kind in ARCHIVES and not lenient:
                    profile = _archive(stream, kind, self._functions)
                else:
                    profile = self._read(stream, kind, path, name)
            if profile:
                self.profiles[name] = profile
            elif lenient:
                self.others.append(name)
            else:
                problem = "its first bytes are those of no profile (byte 0)"
                raise ValueError(problem if head else "it is empty (byte 0)")
        except ValueError as error:
            raise bad_profile(name, error) from error

    def _read(self, stream: BinaryIO, kind: str, path: Path, name: str) -> Profile | None:
        if kind == "callgrind":
            profile, parts = callgrind.read(stream, name, self._functions)
            self._callgrind.append(name)
            # Of other runs there may be processes of the same id. What states none was not
            # started by any.
            pid = parts[0].pid
            is_new = pid and pid not in self._processes
            self._processes[pid if is_new else -len(self._callgrind)] = parts
            return profile
        if kind == "tracegrind":
            return tracegrind.read(stream, self._functions)
        if kind == "memtrack":
            profile, events = memtrack.read(stream)
            self._of_folder(path).events += events
            return profile
        if kind == "timestamps":
            named, marked = memtrack.read_times(stream)
            self._of_folder(path).named += named
            self._of_folder(path).marked += marked
        elif kind == "perf":
            has_metadata = any((path.parent / one).is_file() for one in recording.METADATA)
            return recording.read(stream, name, path.parent if has_metadata else None)
        elif kind == "json":
            content = stream.read(RESULTS_DOCUMENT.size)
            return walltime.read(content) if walltime.is_results(content) else None
        return None

    def _of_folder(self, path: Path) -> memtrack.Memory:
        return self._memory.setdefault(path.parent, memtrack.Memory())

    def joined(self, format: str) -> Profile:
        """Returns all of them as one."""
        own = [
            one
            for name, profile in self.profiles.items()
            if name not in self._callgrind or len(self._callgrind) == 1
            for one in profile.benchmarks
        ]
        details: dict[str, Any] = {
            "files": [{"file": name, **one.value()} for name, one in self.profiles.items()]
        }
        if self.others:
            details["other_files"] = self.others
        truncated = any(one.truncated for one in self.profiles.values())
        return Profile(format, None, truncated, [*self._together(), *own], {}, details)

    def _together(self) -> list[Benchmark]:
        """Returns the benchmarks that several files make up."""
        found = callgrind.benchmarks(self._processes) if len(self._callgrind) > 1 else []
        for memory in self._memory.values():
            found += memory.benchmarks()
        return found


def read_profiles(paths: Sequence[Path], functions: bool = False) -> Profile:
    """Reads files, archives and folders; several of them as one.

    Args:
      paths: at least one.
      functions: whether to list the functions of each benchmark.

    Raises:
      CodSpeedError: one of them is no profile, damaged, or larger than any profile is.
      OSError: one of them cannot be read.
    """
    if len(paths) == 1 and paths[0].is_dir():
        return _folder(paths[0], "folder", functions)
    files = _Files(functions)
    for path in paths:
        if path.is_dir():
            files.profiles[str(path)] = _folder(path, "folder", functions)
        else:
            files.add(path, str(path), lenient=False)
    if len(paths) == 1 and files.profiles:
        return next(iter(files.profiles.values()))
    return files.joined("files")


def _folder(folder: Path, format: str, functions: bool) -> Profile:
    files = _Files(functions)
    for path in _listed(folder):
        files.add(path, os.path.relpath(path, folder), lenient=True)
    if not files.profiles:
        raise bad_profile(str(folder), "there is no profile in it")
    return files.joined(format)


def _listed(folder: Path) -> Iterable[Path]:
    try:
        return list(files_of(folder))
    except ValueError as error:
        raise bad_profile(str(folder), error) from error


def _archive(stream: BinaryIO, kind: str, functions: bool) -> Profile:
    size = os.fstat(stream.fileno()).st_size
    with tempfile.TemporaryDirectory(prefix="read_profile-") as name:
        folder = unpack(stream, size, kind, Path(name))
        try:
            return _folder(folder, "archive", functions)
        except CodSpeedError as error:
            # The user does not know where it was unpacked.
            raise ValueError(error.got.replace(f"{folder}/", "")) from error
