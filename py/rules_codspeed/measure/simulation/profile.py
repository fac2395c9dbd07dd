"""The profile folder: what runs left in the stage, by ordinals instead of process ids.

Layout: one file per process (spec: simulation 7).
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation.normalise import ForeignProfileError, normalise_callgrind
from rules_codspeed.measure.stage.names import Names

PROFILE_NAME = re.compile(r"([0-9]+)\.out")
"""Name of the profile of one process."""
_LOG = re.compile(r"valgrind\.([0-9]+)\.log")
_JSON = re.compile(r"(?:results/|environment-)([0-9]+)\.json")
# About the host's caches, which the arguments replace; differs between hosts.
_HOST_CACHES = re.compile(rb"^--\d+-- warning: .*cache.*\n", re.MULTILINE)
# Each name stands as a whole, as the arguments ask for.
_OBJECT = re.compile(rb"\nob=(/[^\n]*)")
_LOG_PREFIX = re.compile(rb"^(==|--|\*\*)(\d+)(?===|--|\*\*)", re.MULTILINE)


class Harvested(NamedTuple):
    """What one run left.

    Attributes:
      benchmarks: URIs measured by the program, in order.
      spawned: number of other processes that left a profile.
      others: URIs measured by those.
    """

    benchmarks: list[str]
    spawned: int
    others: list[str]


class ProfileFolder:
    """Collects the profiles of one or more runs in a folder.

    Attributes:
      objects: absolute paths of the object files whose code was measured.
    """

    def __init__(self, folder: str, names: Names, label: str) -> None:
        self._folder = folder
        self._names = names
        self._label = label
        self._count = 0
        self.objects: set[str] = set()

    def check_source(self, source: str) -> None:
        """Raises CodSpeedError if a run removed the folder that it was to write to."""
        if not os.path.isdir(source) or os.path.islink(source):
            raise self._problem(
                "removed its profile folder",
                "no folder at the end of the run",
                "the folder $CODSPEED_PROFILE_FOLDER, which Valgrind writes to",
                "let the program leave it alone",
            )

    def _problem(self, what: str, got: str, expected: str, fix: str) -> CodSpeedError:
        return CodSpeedError(f"{self._label} {what}", got=got, expected=expected, fix=fix)

    def add_run(self, source: str, main_pid: int) -> Harvested:
        """Copies, normalised, what a run left.

        Args:
          source: folder that the run wrote to.
          main_pid: process id of the program; it gets the first ordinal.

        Raises:
          CodSpeedError: the folder holds something that is not a regular file, a `.out`
            that is not a callgrind file, or a file that an earlier run left too.
        """
        files = list(self._regular_files(source))
        ordinals = self._ordinals(files, main_pid)
        found: dict[int, list[str]] = {}
        for name in files:
            path = f"{source}/{name}"
            if match := PROFILE_NAME.fullmatch(name):
                found[int(match[1])] = self._add_profile(path, ordinals[int(match[1])])
            elif match := _LOG.fullmatch(name):
                log = _read(path)
                self._write(f"valgrind.{ordinals[int(match[1])]}.log", self._log(log, ordinals))
            elif match := _JSON.fullmatch(name):
                target = name.replace(match[1], str(ordinals[int(match[1])]))
                self._write(target, self._json(_read(path), ordinals))
            else:
                self._write(name, _read(path))
        for pid in found:
            with contextlib.suppress(FileNotFoundError):
                perf_map = _read(perf_map_path(pid))
                self._write(f"perf-{ordinals[pid]}.map", self._names.text(perf_map))
        others = [uri for pid in sorted(found) if pid != main_pid for uri in found[pid]]
        return Harvested(found.get(main_pid, []), len(found.keys() - {main_pid}), others)

    def _regular_files(self, source: str) -> Iterator[str]:
        for folder, subfolders, names in os.walk(source):
            subfolders.sort()
            for name in sorted(names + [one for one in subfolders if _is_link(f"{folder}/{one}")]):
                path = f"{folder}/{name}"
                # Bazel accepts no such file in a folder that an action makes.
                if not name.isprintable():
                    raise self._problem(
                        "left a file with an unusable name in its profile folder",
                        ascii(os.path.relpath(path, source)),
                        "names of printable characters, in UTF-8",
                        "let the program name it differently, or write elsewhere",
                    )
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    raise self._problem(
                        "left something in its profile folder that is not a regular file",
                        os.path.relpath(path, source),
                        "regular files in $CODSPEED_PROFILE_FOLDER",
                        "let the program write elsewhere, such as below $TMPDIR",
                    )
                yield os.path.relpath(path, source)

    def _ordinals(self, files: Iterable[str], main_pid: int) -> dict[int, int]:
        pids = {main_pid}
        for name in files:
            for pattern in (PROFILE_NAME, _LOG, _JSON):
                if match := pattern.fullmatch(name):
                    pids.add(int(match[1]))
        # Ids start again from the bottom when they run out.
        ordered = sorted(pids, key=lambda pid: (pid < main_pid, pid))
        first = self._count + 1
        self._count += len(ordered)
        return {pid: number for number, pid in enumerate(ordered, first)}

    def _add_profile(self, path: str, ordinal: int) -> list[str]:
        self.objects |= _objects(path)
        with open(path, "rb") as reading, open(self._target(f"{ordinal}.out"), "wb") as writing:
            try:
                return normalise_callgrind(reading, writing, self._names, ordinal)
            except ForeignProfileError as error:
                raise self._problem(
                    "left a callgrind profile that cannot be used",
                    f"{os.path.basename(path)}: {error}",
                    "what Valgrind writes, and URIs of one line",
                    "make sure that the program writes no *.out to $CODSPEED_PROFILE_FOLDER and "
                    "gives its benchmarks names without newlines",
                ) from error

    def _log(self, log: bytes, ordinals: Mapping[int, int]) -> bytes:
        def prefix(found: re.Match[bytes]) -> bytes:
            return b"%b%d" % (found[1], ordinals.get(int(found[2]), int(found[2])))

        return self._names.text(_LOG_PREFIX.sub(prefix, without_host_caches(log)))

    def _json(self, content: bytes, ordinals: Mapping[int, int]) -> bytes:
        """Sorts keys: some are in the order of a directory of the machine."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return content
        creator = document.get("creator") if isinstance(document, dict) else None
        pid = creator.get("pid") if isinstance(creator, dict) else None
        if isinstance(creator, dict) and isinstance(pid, int):
            creator["pid"] = ordinals.get(pid, pid)
        text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
        return self._names.text(text.encode("utf-8", "surrogatepass"))

    def _write(self, name: str, content: bytes) -> None:
        target = self._target(name)
        if os.path.exists(target) and _read(target) != content:
            raise self._problem(
                "left different files with the same name in two runs",
                name,
                "process ids in the names of files in $CODSPEED_PROFILE_FOLDER",
                "let the program write elsewhere, or set isolate = False",
            )
        with open(target, "wb") as file:
            file.write(content)

    def _target(self, name: str) -> str:
        target = f"{self._folder}/{name}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return target


def without_host_caches(log: bytes) -> bytes:
    """Returns a log of Valgrind without its warnings about the caches of the host."""
    return _HOST_CACHES.sub(b"", log)


def perf_map_path(pid: int) -> str:
    """Returns where runtimes write their map of generated code: never below $TMPDIR."""
    return f"/tmp/perf-{pid}.map"


def remove_perf_maps(source: str) -> None:
    """Removes a run's perf maps, so that a later process with the same id does not append."""
    names: list[str] = []
    with contextlib.suppress(OSError):  # the program removed the folder
        names = os.listdir(source)
    for name in names:
        if match := PROFILE_NAME.fullmatch(name):
            with contextlib.suppress(OSError):
                os.unlink(perf_map_path(int(match[1])))


def _objects(path: str) -> set[str]:
    """Returns the absolute paths of the object files that a callgrind file names."""
    if not os.path.getsize(path):
        return set()
    with (
        open(path, "rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return set(map(os.fsdecode, set(_OBJECT.findall(data))))


def _is_link(path: str) -> bool:
    return os.path.islink(path)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
