"""The profile folder: what runs left in the stage, by ordinals instead of process ids.

With compatibility `codspeed` ids stay, and files are as Valgrind and the program wrote them.

Layout: one file per process (spec: simulation 7). Everything that is read here was left by the
measured program, which may be anything.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import (
    DOCUMENT,
    FOLDER,
    LOG,
    OTHER,
    PERF_MAP,
    PROFILE,
    Limit,
)
from rules_codspeed.contract.spec import Spec
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder, blocks, blocks_of_lines
from rules_codspeed.measure.simulation.link_map import (
    LinkMap,
    Places,
    possible,
    read_link_map,
    without_trace,
)
from rules_codspeed.measure.simulation.normalise import ForeignProfileError, normalise_callgrind
from rules_codspeed.measure.simulation.perf_maps import open_perf_map
from rules_codspeed.measure.simulation.spawned import state_spawned
from rules_codspeed.measure.simulation.valgrind import PROFILE_NAME
from rules_codspeed.measure.stage.names import Names

if TYPE_CHECKING:
    from rules_codspeed.measure.simulation.regions import Marked

_LOG = re.compile(r"valgrind\.([0-9]+)\.log")
_JSON = re.compile(r"(?:results/|environment-|python-frames-)([0-9]+)\.json")
# About the host's caches, which the arguments replace; differs between hosts.
_HOST_CACHES = re.compile(rb"^--\d+-- warning: .*cache.*\n", re.MULTILINE)
# Each name stands as a whole, as the arguments ask for.
_OBJECT = re.compile(rb"\nob=(/[^\n]*)")
_LOG_PREFIX = re.compile(rb"^(==|--|\*\*)(\d+)(?===|--|\*\*)", re.MULTILINE)
_UNREAD = re.compile(
    rb"Serious error when reading debug info\n[^\n]*When reading debug info from ([^\n]*):\n"
)
_MOST_OBJECTS = 10_000
_LARGEST_PID = 1 << 22  # of Linux
# The sums, which end a part, and the bytes in which they stand.
_TOTALS = re.compile(rb"\ntotals: [\d ]+\n*\Z")
_LAST = 4096


class Harvested(NamedTuple):
    """What one run left.

    Attributes:
      benchmarks: URIs measured by the program, in order.
      spawned: number of other processes that left a profile.
      others: URIs measured by those.
      uncounted: how many of those counted nothing.
      remarks: sentences for the log.
    """

    benchmarks: list[str]
    spawned: int
    others: list[str]
    uncounted: int
    remarks: list[str]


class ProfileFolder:
    """Collects the profiles of one or more runs in a folder.

    Attributes:
      objects: absolute paths of the object files whose code was measured.
      uris: benchmarks of all runs.
    """

    def __init__(self, folder: str, names: Names, spec: Spec) -> None:
        self._folder = folder
        self._names = names
        self._label = spec.label
        self._as_written = spec.as_codspeed
        self._taken: set[int] = set()
        self._size = 0
        self.objects: set[str] = set()
        self.uris: list[str] = []

    def _problem(self, what: str, got: str, expected: str, fix: str) -> CodSpeedError:
        return BenchmarkError(f"{self._label} {what}", got=got, expected=expected, fix=fix)

    def add_run(
        self,
        source: UntrustedFolder,
        main_pid: int,
        dropped: Sequence[str] = (),
        marked: Marked | None = None,
        *,
        adopt: bool = False,
        killed: bool = False,
    ) -> Harvested:
        """Copies, normalised, what a run left.

        Args:
          source: folder that the run wrote to.
          main_pid: process id of the program; it gets the first ordinal.
          dropped: URIs of benchmarks that must have no number.
          marked: how the program's benchmarks are found, where it names none itself.
          adopt: whether what other processes measured is part of the program's one benchmark.
          killed: whether some of its processes may have been killed while they wrote.

        Raises:
          CodSpeedError: the folder holds something that cannot be taken, a `.out` that is not a
            callgrind file, or a file that an earlier run left too.
        """
        with self._refusing():
            files = [self._usable(name) for name in source.files()]
            if killed:
                files = [name for name in files if _is_whole(source, name)]
            ordinals = self._ordinals(files, main_pid)
            maps = self._link_maps(source, files)
            found: dict[int, list[str]] = {}
            for name in files:
                if match := PROFILE_NAME.fullmatch(name):
                    pid = int(match[1])
                    places = Places(possible(pid, maps), self._names.path)
                    with self._profile(source, name, pid == main_pid, marked) as reading:
                        found[pid] = self._add_profile(
                            reading, pid, ordinals, places, dropped, adopt and pid != main_pid
                        )
                else:
                    self._add_file(source, name, ordinals)
            remarks = [self._add_perf_map(pid, ordinals[pid]) for pid in found]
        others = [uri for pid in sorted(found) if pid != main_pid for uri in found[pid]]
        spawned = len(found.keys() - {main_pid})
        children = sorted(ordinals[pid] for pid, uris in found.items() if uris and pid != main_pid)
        if adopt and children:
            for uri in found.get(main_pid, [])[:1]:
                state_spawned(self._target(f"{ordinals[main_pid]}.out"), uri, children)
        self.uris += [uri for uris in found.values() for uri in uris]
        own, uncounted = found.get(main_pid, []), spawned - len(children)
        return Harvested(own, spawned, others, uncounted, [*filter(None, remarks)])

    def _link_maps(self, source: UntrustedFolder, files: Iterable[str]) -> dict[int, LinkMap]:
        """Returns what the processes had loaded, by process id."""
        maps = {}
        for name in files:
            if match := _LOG.fullmatch(name):
                with source.open(name, LOG) as file:
                    maps[int(match[1])] = read_link_map(blocks_of_lines(file, LOG))
        return maps

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            raise self._problem(
                "left something for its profile that cannot be taken",
                error.got,
                error.expected,
                error.fix,
            ) from error

    def _usable(self, name: str) -> str:
        """Returns a name; raises CodSpeedError if Bazel accepts none such in an action's folder."""
        if name.isprintable():
            return name
        raise self._problem(
            "left a file with an unusable name in its profile folder",
            ascii(name),
            "names of printable characters, in UTF-8",
            "let the program name it differently, or write elsewhere",
        )

    @contextlib.contextmanager
    def _counted(self, file: BinaryIO, place: str) -> Iterator[BinaryIO]:
        """Yields a file that is still within the size of the whole folder; closes it."""
        with file:
            self._size += os.fstat(file.fileno()).st_size
            if self._size > FOLDER.size:
                expected = f"at most {FOLDER.size:,} bytes of {FOLDER.kind}"
                raise Refused(place, f"with it there are {self._size:,} bytes", expected)
            yield file

    def _opened(
        self, source: UntrustedFolder, name: str, limit: Limit
    ) -> contextlib.AbstractContextManager[BinaryIO]:
        return self._counted(source.open(name, limit), f"{source.path}/{name}")

    def _add_file(self, source: UntrustedFolder, name: str, ordinals: Mapping[int, int]) -> None:
        """Adds anything but a profile."""
        if match := _LOG.fullmatch(name):
            target = f"valgrind.{ordinals[int(match[1])]}.log"
            with self._opened(source, name, LOG) as file:
                lines = blocks_of_lines(file, LOG)
                self._write(target, (self._log(block, ordinals) for block in lines))
        elif match := _JSON.fullmatch(name):
            target = name.replace(match[1], str(ordinals[int(match[1])]))
            with self._opened(source, name, DOCUMENT) as file:
                self._write(target, [self._json(b"".join(blocks(file, DOCUMENT)), ordinals)])
        else:
            with self._opened(source, name, OTHER) as file:
                self._write(name, blocks(file, OTHER))

    def _add_perf_map(self, pid: int, ordinal: int) -> str:
        """Adds the map of a process, if it left one; returns a remark, or nothing."""
        try:
            with self._counted(open_perf_map(pid), f"the map of process {pid}") as file:
                lines = blocks_of_lines(file, PERF_MAP)
                rewritten = lines if self._as_written else map(self._names.text, lines)
                self._write(f"perf-{ordinal}.map", rewritten)
        except FileNotFoundError:
            pass
        except Refused as error:
            # The process of another user had the same id, and left its map.
            if error.foreign:
                return f"left out of the profile: {error.got}"
            raise
        return ""

    def _ordinals(self, files: Iterable[str], main_pid: int) -> dict[int, int]:
        pids = {main_pid}
        for name in files:
            for pattern in (PROFILE_NAME, _LOG, _JSON):
                if match := pattern.fullmatch(name):
                    pids.add(int(match[1]))
        # Ids start again from the bottom when they run out.
        ordered = sorted(pids, key=lambda pid: (pid < main_pid, pid))
        first = len(self._taken) + 1
        numbers = list(range(first, first + len(ordered)))
        if self._as_written:
            # An id that an earlier run had, too, becomes one that no process has.
            numbers = [pid + _LARGEST_PID * (pid in self._taken) for pid in ordered]
        self._taken.update(numbers)
        return dict(zip(ordered, numbers, strict=True))

    def _add_profile(
        self,
        reading: BinaryIO,
        pid: int,
        ordinals: Mapping[int, int],
        places: Places,
        dropped: Sequence[str],
        adopted: bool,
    ) -> list[str]:
        with open(self._target(f"{ordinals[pid]}.out"), "w+b") as writing:
            ordinal = ordinals[pid]
            uris = normalise_callgrind(
                reading,
                writing,
                self._names,
                ordinal,
                places,
                ordinals,
                dropped,
                as_written=self._as_written,
                adopted=adopted,
            )
            writing.flush()
            self.objects |= _objects(writing)
            return uris

    @contextlib.contextmanager
    def _profile(
        self, source: UntrustedFolder, name: str, is_main: bool, marked: Marked | None
    ) -> Iterator[BinaryIO]:
        """Yields the profile of a process, with the parts of benchmarks only if they are marked.

        Raises:
          CodSpeedError: also for what is found while it is read.
        """
        with self._opened(source, name, PROFILE) as file:
            try:
                if not marked:
                    yield file
                    return
                # Few frameworks need it: a driver imports little.
                from rules_codspeed.measure.simulation.regions import name_parts

                with name_parts(file, marked if is_main else None) as named:
                    yield named
            except ForeignProfileError as error:
                raise self._problem(
                    "left a callgrind profile that cannot be used",
                    f"{name}: {error}",
                    "what Valgrind writes, and URIs of one line in UTF-8",
                    "make sure that the program writes no *.out to $CODSPEED_PROFILE_FOLDER and "
                    "gives its benchmarks names in UTF-8, without newlines",
                ) from error

    def _log(self, log: bytes, ordinals: Mapping[int, int]) -> bytes:
        if self._as_written:
            return plain_log(log)

        def prefix(found: re.Match[bytes]) -> bytes:
            return b"%b%d" % (found[1], ordinals.get(int(found[2]), int(found[2])))

        return self._names.text(_LOG_PREFIX.sub(prefix, plain_log(log)))

    def _json(self, content: bytes, ordinals: Mapping[int, int]) -> bytes:
        """Sorts keys: some are in the order of a directory of the machine."""
        if self._as_written:
            return content
        try:
            document = load_json(content)
            creator = document.get("creator") if isinstance(document, dict) else None
            pid = creator.get("pid") if isinstance(creator, dict) else None
            if isinstance(creator, dict) and isinstance(pid, int):
                creator["pid"] = ordinals.get(pid, pid)
            text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
        except DocumentError:
            return content
        return self._names.text(text.encode())

    def _write(self, name: str, content: Iterable[bytes]) -> None:
        target = self._target(name)
        if not os.path.exists(target):
            with open(target, "wb") as file:
                file.writelines(content)
            return
        with open(target, "rb") as file:
            same = all(block == file.read(len(block)) for block in content) and not file.read(1)
        if not same:
            raise self._problem(
                "left different files with the same name in two runs",
                name,
                "process ids in the names of files in $CODSPEED_PROFILE_FOLDER",
                "let the program write elsewhere, or set isolate = False",
            )

    def _target(self, name: str) -> str:
        target = f"{self._folder}/{name}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return target


def _is_whole(source: UntrustedFolder, name: str) -> bool:
    """Whether a file is anything but a profile that Callgrind did not write to its end."""
    if not PROFILE_NAME.fullmatch(name):
        return True
    with source.open(name, PROFILE) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST))
        return _TOTALS.search(file.read(_LAST)) is not None


def plain_log(log: bytes) -> bytes:
    """Returns a log without what link maps are read from, and warnings about the host's caches."""
    return _HOST_CACHES.sub(b"", without_trace(log))


def unread_debug_info(log: bytes) -> list[str]:
    """Returns the object files whose debug information Valgrind's log says it could not read."""
    return [printable(one.decode("utf-8", "backslashreplace")) for one in _UNREAD.findall(log)]


def _objects(file: BinaryIO) -> set[str]:
    """Returns the absolute paths of the object files that a callgrind file names.

    Raises:
      ForeignProfileError: they are more than a program can have.
    """
    found: set[bytes] = set()
    if os.fstat(file.fileno()).st_size:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for match in _OBJECT.finditer(data):
                found.add(match[1])
                if len(found) > _MOST_OBJECTS:
                    raise ForeignProfileError(f"it names more than {_MOST_OBJECTS:,} object files")
    return set(map(os.fsdecode, found))
