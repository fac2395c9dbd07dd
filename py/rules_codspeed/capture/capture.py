"""Copies what a recording refers to, at the end of the measuring action.

The harvest runs later and maybe elsewhere, where the object files and the maps of
generated code may have changed (spec: symbol-harvest 3.1, 3.2, 7, 8).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.capture.elf.debug_file import DEBUG_FOLDERS_WITH_NIXOS, find_debug_file
from rules_codspeed.capture.elf.file import ElfError, open_elf
from rules_codspeed.capture.perf.attributes import sampled_event
from rules_codspeed.capture.perf.events import Fork, Mmap2
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.capture.processes import Processes, first_tracked, may_be_module
from rules_codspeed.capture.raw_files import LIMIT, NotElf, RawFiles, Unusable, plain_name
from rules_codspeed.contract.file_limits import JIT_DUMP, PERF_MAP, Limit


@dataclass(frozen=True, slots=True)
class Captured:
    """What was copied; all files are paths below the raw run folder.

    Attributes:
      event: name of the event by which the recording was made, for example `cpu-clock`; `:u` at
        its end if it has no samples of the kernel.
      objects: ELF file by its path in the recording.
      debug_files: separate debug file by the path of its object, if it has one.
      perf_maps: text map of generated code by process, in decimal.
      jit_dumps: binary dump of generated code by process, likewise.
      skipped: path and reason of each file that could not be copied.
    """

    event: str
    objects: dict[str, str]
    debug_files: dict[str, str]
    perf_maps: dict[str, str]
    jit_dumps: dict[str, str]
    skipped: list[tuple[str, str]]


def capture(
    recording: Path,
    bench_pids: Iterable[int],
    integration: tuple[str, str] | None,
    raw: Path,
    tmp: Path = Path("/tmp"),
    debug_folders: Sequence[Path] = DEBUG_FOLDERS_WITH_NIXOS,
    limit: int = LIMIT,
) -> Captured:
    """Copies the files that belong to a recording, on the machine where it was made.

    Args:
      recording: as perf wrote it to a pipe.
      bench_pids: processes that ran benchmarks.
      integration: name and version, or None if the program never reported it.
      raw: the raw run folder, into whose `objects` and `maps` the files go.
      tmp: where programs leave maps of the code that they generate.
      debug_folders: where to look for separate debug files.
      limit: bytes that may be copied in all.

    Raises:
      DamagedFile: the recording is damaged; nothing was copied.
      CodSpeedError: there is no room, or the recording is compressed and zstandard is not
        installed.
      OSError: the recording cannot be read.
    """
    with recording.open("rb") as file:
        event = sampled_event(file, str(recording))
    paths, pids = _scan(recording, Processes(first_tracked(bench_pids, integration)))
    copying = _Copying(raw, limit)
    objects = copying.objects(sorted(paths))
    debug_files = copying.debug_files(sorted(paths), objects, debug_folders)
    return Captured(
        event,
        objects,
        debug_files,
        copying.maps(sorted(pids), tmp, "perf-{}.map", PERF_MAP),
        copying.maps(sorted(pids), tmp, "jit-{}.dump", JIT_DUMP),
        copying.skipped,
    )


def _scan(recording: Path, processes: Processes) -> tuple[set[bytes], set[int]]:
    """Returns the paths that may be modules, and the processes that may have maps."""
    paths: set[bytes] = set()
    pids: set[int] = set()
    with recording.open("rb") as file:
        for event in ordered_events(file, str(recording)):
            if isinstance(event, Fork):
                processes.follow(event)
                pids.add(event.pid)
            elif isinstance(event, Mmap2) and may_be_module(event):
                pids.add(event.pid)
                if processes.includes(event.pid):
                    paths.add(event.path)
    return paths, pids if processes.tracked is None else processes.tracked


class _Copying:
    """Copies files of several kinds.

    Attributes:
      skipped: path and reason of what could not be copied.
    """

    def __init__(self, raw: Path, limit: int) -> None:
        self._raw = raw
        self._files = RawFiles(raw, limit)
        self._folders = 0  # given numbers
        self.skipped: list[tuple[str, str]] = []

    def objects(self, paths: Sequence[bytes]) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in paths:
            copy = self._object(path)
            if copy:
                found.setdefault(_shown(path), copy)
        return found

    def debug_files(
        self, paths: Sequence[bytes], objects: dict[str, str], folders: Sequence[Path]
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in paths:
            key = _shown(path)
            if key in objects and key not in found:
                file = self._debug_file(path, self._raw / objects[key], folders)
                copy = self._object(os.fsencode(file)) if file else None
                if copy:
                    found[key] = copy
        return found

    def maps(self, pids: Sequence[int], tmp: Path, form: str, limit: Limit) -> dict[str, str]:
        found = {}
        for pid in pids:
            name = form.format(pid)
            path = os.fsencode(tmp.absolute() / name)
            if os.path.lexists(path):
                copy = self._copy(path, f"maps/{name}", limit=limit)
                if copy:
                    found[str(pid)] = copy
        return found

    def _object(self, path: bytes) -> str | None:
        name = f"objects/{self._folders}/{plain_name(path)}"
        copy = self._copy(path, name, elf=True)
        self._folders += copy == name
        return copy

    def _copy(
        self, path: bytes, name: str, elf: bool = False, limit: Limit | None = None
    ) -> str | None:
        try:
            return self._files.copy(path, name, elf, limit)
        except NotElf:
            # For example the dump of generated code, which is mapped to be found.
            return None
        except Unusable as error:
            self.skipped.append((_shown(path), str(error)))
            return None

    def _debug_file(self, path: bytes, copy: Path, folders: Sequence[Path]) -> Path | None:
        try:
            with open_elf(copy, _shown(path)) as elf:
                return find_debug_file(elf, os.fsdecode(path), folders)
        except ElfError:
            # The harvest will report it.
            return None


def _shown(path: bytes) -> str:
    """Returns a path as the profile spells it."""
    return path.decode("utf-8", "replace")
