"""The profile folders of many benchmarks as one, which is what the official runner uploads.

What it holds is declared nowhere else (spec: simulation 7; walltime 9.1; memory 6.1).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from rules_codspeed.contract.data.allocation_stacks import FILE as ALLOCATION_STACKS
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.publish.bundle import valgrind_log
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError

UNSENT = frozenset({ALLOCATION_STACKS})
"""Files of a profile folder that CodSpeed does not know: they stay here."""
RUNNER_LOG = "runner.log"

# What surrounds the number of the process in the names of its files.
_BY_PROCESS = (
    ("", ".out"),
    ("", ".tgtrace"),
    ("valgrind.", ".log"),
    ("perf-", ".map"),
    ("environment-", ".json"),
    ("results/", ".json"),
    ("results/", ".MemtrackArtifact.msgpack"),
)
_HEADER = 1 << 14  # bytes of a callgrind file that hold its first lines
_PID = re.compile(rb"\A(?:# callgrind format\n)?(?:(?:version|creator): .*\n)*pid: (\d+)(?=\n)")
_LARGEST_JSON = 4 << 20  # bytes; parsed, it takes some ten times that


@dataclass(frozen=True, slots=True)
class Profile:
    """A measured profile folder: the Bazel label of its benchmark, and where it is."""

    label: str
    folder: Path


def merge(profiles: Sequence[Profile], runner_log: str) -> list[Entry]:
    """Merges the profile folders of one executor, sorted by path.

    The numbers of the processes of each folder are raised by the highest one of those
    before it: unique over all, the same for the same folders, and untouched in the first.

    Args:
      profiles: in the order that decides the numbers.
      runner_log: content of `runner.log`, which the official runner adds too.

    Raises:
      PublishError: nothing was measured, a file cannot be read, or different files have
        the same path.
    """
    merged: dict[str, Entry] = {}
    last = 0
    for profile in profiles:
        files = dict(_files(profile, profile.folder, ""))
        numbers = {found.number for name in files if (found := _process_name(name))}
        raised = {number: number + last for number in numbers} if last else {}
        for name, file in files.items():
            _add(merged, _renumbered(Entry(name, profile.label, file=file), raised))
        last += max(numbers, default=0)
    if not merged:
        raise PublishError(
            "nothing was measured",
            got=f"{len(profiles)} profile folders without a file",
            expected="at least one profile",
            fix="list targets in the suite that have benchmarks",
        )
    _add(merged, Entry(RUNNER_LOG, "the publisher", runner_log.encode("utf-8", "replace")))
    _check_folders(merged)
    return [merged[path] for path in sorted(merged)]


def _files(profile: Profile, folder: Path, below: str) -> Iterator[tuple[str, Path]]:
    """Yields path and file of what is in a folder; links are followed, as Bazel makes some."""
    try:
        for file in sorted(folder.iterdir()):
            name = f"{below}{file.name}"
            if file.is_dir():
                yield from _files(profile, file, f"{name}/")
            elif file.is_file():
                if name not in UNSENT:
                    yield name, file
            else:
                raise _no_profile(profile, f"{name}, which is not a regular file")
    except OSError as error:
        raise _no_profile(profile, error.strerror or type(error).__name__) from error


def _no_profile(profile: Profile, got: str) -> PublishError:
    return PublishError(
        f"no profile of {profile.label}",
        got=got,
        expected="a folder of files as Bazel made it",
        fix="build the suite again with 'bazel run'",
    )


@dataclass(frozen=True, slots=True)
class _ProcessName:
    """A file name that holds the number of a process."""

    prefix: str
    number: int
    suffix: str


def _process_name(name: str) -> _ProcessName | None:
    for prefix, suffix in _BY_PROCESS:
        if name.startswith(prefix) and name.endswith(suffix):
            middle = name[len(prefix) : len(name) - len(suffix)]
            # Not everything that `int` accepts: two spellings of a number would become one.
            if re.fullmatch("[1-9][0-9]*", middle):
                return _ProcessName(prefix, int(middle), suffix)
    return None


def _renumbered(entry: Entry, raised: Mapping[int, int]) -> Entry:
    """Returns an entry with the numbers of its processes raised, in its name and content."""
    name = _process_name(entry.path)
    if name is None or not raised:
        return entry
    number = raised[name.number]
    path = f"{name.prefix}{number}{name.suffix}"
    if name.suffix == ".out":
        return _renumbered_callgrind(path, entry, number - name.number)
    if name.suffix == ".log":
        return replace(entry, path=path, rewrite=partial(valgrind_log.renumbered, raised))
    if name.suffix == ".json" and entry.size() <= _LARGEST_JSON:
        return replace(entry, path=path, rewrite=partial(_renumbered_json, raised))
    return replace(entry, path=path)


def _renumbered_callgrind(path: str, entry: Entry, by: int) -> Entry:
    """Rewrites the line `pid:` of the header; the costs stay in the file."""
    header = next(entry.blocks(), b"")[:_HEADER]
    found = _PID.match(header)
    if not found:  # empty, as a killed process leaves it
        return Entry(path, entry.owner, file=entry.file)
    head = header[: found.start(1)] + b"%d" % (int(found[1]) + by)
    return Entry(path, entry.owner, head, entry.file, found.end())


def _renumbered_json(raised: Mapping[int, int], blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Rewrites `creator.pid`, which integrations write; anything else stays as it is."""
    content = b"".join(blocks)
    try:
        document = load_json(content)
    except DocumentError:
        return iter([content])
    creator = document.get("creator") if isinstance(document, dict) else None
    pid = creator.get("pid") if isinstance(creator, dict) else None
    if not isinstance(creator, dict) or type(pid) is not int or pid not in raised:
        return iter([content])
    creator["pid"] = raised[pid]
    # As the measuring driver writes it.
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    return iter([text.encode()])


def _add(merged: dict[str, Entry], entry: Entry) -> None:
    """Adds an entry; one that is there already, with the same content, is kept once."""
    other = merged.setdefault(entry.path, entry)
    if other is not entry and not _same(other, entry):
        raise _conflict(other, entry)


def _same(one: Entry, other: Entry) -> bool:
    return one.size() == other.size() and _digest(one) == _digest(other)


def _digest(entry: Entry) -> bytes:
    digest = hashlib.sha256()
    for block in entry.blocks():
        digest.update(block)
    return digest.digest()


def _check_folders(merged: dict[str, Entry]) -> None:
    """Raises if a path is a folder for one entry and a file for another."""
    for path, entry in merged.items():
        for parent in PurePosixPath(path).parents:
            if other := merged.get(str(parent)):
                raise _conflict(other, entry)


def _conflict(one: Entry, other: Entry) -> PublishError:
    return PublishError(
        "two benchmarks left different files of one name",
        got=f"{one.path} of {one.owner} and {other.path} of {other.owner}",
        expected="the same content, or the id of the process in the name",
        fix=(
            "let the programs name their files differently, or publish the benchmarks in "
            "suites of their own"
        ),
    )
