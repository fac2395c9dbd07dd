"""Streaming reader of callgrind profiles: parts, what triggered them, and their costs.

Format: Valgrind's manual, "Callgrind Format Specification" section 3.2
(spec: simulation 8). Memory does not grow with the size of a part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import sub
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from rules_codspeed.results.callgrind.body import COST, BodyCosts, NameIds, shown
from rules_codspeed.results.callgrind.source import BLOCK_SIZE, CallgrindError, LineSource
from rules_codspeed.results.callgrind.trigger import Other, Trigger, parse_trigger

__all__ = ["CallgrindError", "Part", "read_bodies", "read_file", "read_parts"]

_FIRST_LINE = b"# callgrind format"
_TOTALS = b"totals:"
_TRIGGER = "Trigger: "
_SPAWNED = "Spawned pid: "
_POSITIONS = ("instr", "bb", "line")
_KEYS = frozenset({b"part", b"pid", b"thread", b"positions", b"events", b"desc"})

_HEADER_LINE = re.compile(rb"([A-Za-z][A-Za-z0-9_ ]*):[ \t]*(.*)", re.DOTALL)
_BODY_START = re.compile(rb"[a-z]+=|[0-9+*-]")
_NUMBER = re.compile(r"[0-9]{1,20}")
_NUMBERED = {b"part": "part", b"pid": "process", b"thread": "thread"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a profile: what was counted between two dumps.

    Attributes:
      number: from the `part:` record; otherwise its ordinal in the file, from 1.
      trigger: why the part was written.
      events: names of the counted events, such as `Ir`.
      totals: exclusive cost of the part by event, equal to the sum of its cost lines.
      line: number of the part's first line in the file.
      pid: process id that the file states; 0 without one.
      spawned: ids of the processes whose whole cost is the part's as well, in order.
      threads: those that counted separately, by the numbers in the file; empty where all
        threads are counted together.
    """

    number: int
    trigger: Trigger
    events: tuple[str, ...]
    totals: tuple[int, ...]
    line: int
    pid: int = 0
    spawned: tuple[int, ...] = ()
    threads: tuple[int, ...] = ()


@dataclass(slots=True)
class _Header:
    """The content of the header of a part.

    Attributes:
      line: number of its first line; 0 before there is one.
      positions: what the numbers before the costs of a line mean.
      pid: of the process; stated once per file.
      thread: whose costs follow; -1 for those of all threads.
      spawned: process ids.
    """

    number: int
    line: int = 0
    pid: int = 0
    thread: int = -1
    spawned: list[int] = field(default_factory=list)
    trigger: Trigger = field(default_factory=lambda: Other(""))
    events: tuple[str, ...] = ()
    positions: tuple[str, ...] = ("line",)

    def continues(self, first: _Header) -> bool:
        """Returns whether another thread's costs follow, of the part that `first` begins."""
        if self.thread < 0 or first.thread < 0:
            return False
        ours = self.number, self.trigger, self.events, self.positions
        return ours == (first.number, first.trigger, first.events, first.positions)


class Body(Protocol):
    """Takes the lines of one part between its header and `totals:`, block by block."""

    @property
    def sums(self) -> list[int]:
        """Self cost by event of the lines so far."""

    def add(self, block: bytes, file: str, line: int, offset: int) -> None:
        """Takes a block, as `BodyCosts.add` does."""


BodyT = TypeVar("BodyT", bound=Body)
MakeBody = Callable[[tuple[str, ...], tuple[str, ...]], BodyT]
"""Makes a body from the names of its events and of its positions (`instr`, `bb`, `line`)."""


def read_file(path: Path) -> Iterator[Part]:
    """Reads a profile from a file, as `read_parts` does; errors name the path.

    Raises:
      CallgrindError: see `read_parts`.
      OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        yield from read_parts(stream, str(path))


def read_parts(stream: BinaryIO, name: str, block_size: int = BLOCK_SIZE) -> Iterator[Part]:
    """Reads a profile part by part, in the order of execution.

    Args:
      stream: a callgrind profile (`# callgrind format`).
      name: name of the stream in errors.
      block_size: bytes to read at once.

    Yields:
      Parts, each checked: complete, and its `totals:` equal to the sum of its self costs. The
      sections of a part, one for each thread, are one (spec: valgrind-fork 3).

    Raises:
      CallgrindError: the profile is truncated, damaged, inconsistent, or of another format.
    """
    names: NameIds = set()

    def make(events: tuple[str, ...], positions: tuple[str, ...]) -> BodyCosts:
        return BodyCosts(len(events), len(positions), names)

    for part, _ in read_bodies(stream, name, make, block_size):
        yield part


def read_bodies(
    stream: BinaryIO, name: str, make: MakeBody[BodyT], block_size: int = BLOCK_SIZE
) -> Iterator[tuple[Part, BodyT]]:
    """Reads a profile as `read_parts` does, and yields each part with the body that took its lines.

    Args:
      stream: a callgrind profile (`# callgrind format`).
      name: name of the stream in errors.
      make: called for each part.
      block_size: bytes to read at once.

    Raises:
      CallgrindError: see `read_parts`.
    """
    source = LineSource(stream, name, block_size)
    if not source.fill():
        raise source.error("the file is empty")
    if source.peek_line() != _FIRST_LINE:
        raise source.error("not a callgrind profile: its first line is not '# callgrind format'")
    source.take_line()
    ordinal, pid = 0, 0
    header = _read_header(source, 1)
    while header:
        ordinal += 1
        sections = [header]
        pid = header.pid or pid
        body = make(header.events, header.positions)
        _read_section(source, header.events, body)
        while (header := _read_header(source, ordinal + 1)) and header.continues(sections[0]):
            sections.append(header)
            _read_section(source, header.events, body)
        yield _part(sections, pid, body.sums), body
    if not ordinal:
        raise source.error("the file ends before its first part; it is truncated")


def _part(sections: list[_Header], pid: int, sums: list[int]) -> Part:
    first = sections[0]
    # Each section repeats what belongs to the part.
    spawned = tuple(dict.fromkeys(one for section in sections for one in section.spawned))
    threads = tuple(section.thread for section in sections if section.thread >= 0)
    return Part(
        first.number,
        first.trigger,
        first.events,
        tuple(sums),
        first.line,
        pid,
        spawned,
        threads,
    )


def _read_header(source: LineSource, ordinal: int) -> _Header | None:
    """Takes the lines before the body or `totals:`; None at the end of the file."""
    header = _Header(ordinal)
    while source.fill():
        line = source.peek_line()
        if line.startswith(_TOTALS) or _BODY_START.match(line):
            if not header.events:
                raise source.error("costs before the events: line")
            return header
        if line.strip() and not line.startswith(b"#"):
            header.line = header.line or source.line
            problem = _apply_header_line(header, line)
            if problem:
                raise source.error(problem)
        source.take_line()
    if header.line:
        raise source.error("the file ends before the totals: of its last part; it is truncated")
    return None


def _apply_header_line(header: _Header, line: bytes) -> str:
    """Takes one header line; returns what is wrong with it, or an empty text.

    Unknown keys are skipped: the format asks readers to ignore them.
    """
    match = _HEADER_LINE.fullmatch(line)
    if not match:
        return f"{shown(line)} is not a line of a callgrind profile"
    key = match[1]
    if key not in _KEYS:
        return ""
    try:
        value = match[2].decode()
    except UnicodeDecodeError:
        return f"{shown(line)} is not UTF-8"
    if key in (b"part", b"pid", b"thread"):
        if not _NUMBER.fullmatch(value):
            return f"{shown(line)} is not the number of a {_NUMBERED[key]}"
        setattr(header, "number" if key == b"part" else key.decode(), int(value))
    elif key == b"positions":
        positions = value.split()
        if not positions or positions != [name for name in _POSITIONS if name in positions]:
            return f"{shown(line)} is not a list of instr, bb, line"
        header.positions = tuple(positions)
    elif key == b"events":
        header.events = tuple(value.split())
        if len(set(header.events)) < len(header.events):
            return f"{shown(line)} names an event twice"
    elif value.startswith(_TRIGGER):
        header.trigger = parse_trigger(value.removeprefix(_TRIGGER))
    elif value.startswith(_SPAWNED):
        if not _NUMBER.fullmatch(value.removeprefix(_SPAWNED)):
            return f"{shown(line)} is not the number of a process"
        header.spawned.append(int(value.removeprefix(_SPAWNED)))
    return ""


def _read_section(source: LineSource, events: tuple[str, ...], body: Body) -> None:
    """Takes the lines up to `totals:`, which must state what they add."""
    before = list(body.sums)
    while source.fill():
        line, offset = source.line, source.offset
        block = source.take_until(_TOTALS)
        if not block:
            _take_totals(source, events, list(map(sub, body.sums, before)))
            return
        body.add(block, source.name, line, offset)
    raise source.error("the file ends before the totals: of its last part; it is truncated")


def _take_totals(source: LineSource, events: tuple[str, ...], sums: list[int]) -> None:
    """Takes the `totals:` line, which must state the sums."""
    line = source.peek_line()
    totals = line.removeprefix(_TOTALS).split()
    if len(totals) > len(events) or not all(map(COST.fullmatch, totals)):
        raise source.error(f"{shown(line)} is not a list of at most {len(events)} costs")
    stated = [int(total, 16 if b"x" in total else 10) for total in totals]
    stated += [0] * (len(events) - len(stated))
    for event, total, cost in zip(events, stated, sums, strict=True):
        if total != cost:
            raise source.error(
                f"totals: states {total} {event}, but the cost lines of the part add up to {cost}; "
                "the file is truncated or damaged"
            )
    source.take_line()
