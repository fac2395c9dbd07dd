"""Names the parts of a callgrind file that a framework's regions choose, and leaves out the others.

What comes out is what a program leaves that asks for its numbers by client requests. Format:
Valgrind's manual, chapter "Callgrind Format Specification".
"""

from __future__ import annotations

import mmap
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from rules_codspeed.measure.frameworks.framework import Regions
from rules_codspeed.measure.simulation.normalise import LARGEST_PART, ForeignProfileError

_PART = re.compile(rb"\npart: \d{1,20}\n")
_TRIGGER = re.compile(rb"\ndesc: Trigger: ([^\n]{0,4096})")
_RANGE = re.compile(rb"(\ndesc: Timerange: Basic block)[^\n]*")
# What a part says of itself ends with its sums; its functions follow, and its sums again.
_SUMMARY = re.compile(rb"\nsummary:[^\n]*\n")
_TOTALS = re.compile(rb"\n\ntotals: ([ \d]{1,1000})\n")
# A call that began before the part, and the cost of it within; and where a function stands.
_BEFORE = re.compile(rb"(?:\nc(?:ob|fi|fl)=[^\n]*)*\ncfn=[^\n]*\ncalls=0 [^\n]*\n[^\n]*")
_FILE = re.compile(rb"\nf[ie]=[^\n]*")
_COST = re.compile(rb"\n[0-9+*-]")
_FUNCTIONS = re.compile(rb"(?<![^\n])fn=[^\n]*(?:\n[^\n]+)*")
_HEAD = 1 << 16  # bytes in which a trigger stands
_MOST_PARTS = 1 << 20


class Marked(NamedTuple):
    """Regions of a run, and the benchmarks that it was to run, by their URIs in order."""

    regions: Regions
    uris: Sequence[str]


class _Part(NamedTuple):
    """A part of a file, from its `part:` record to the next."""

    start: int
    end: int


def name_parts(reading: BinaryIO, marked: Marked | None) -> BinaryIO:
    """Returns a file with the parts of benchmarks only, each named by its URI.

    Args:
      reading: what Callgrind wrote.
      marked: how to choose; None leaves every part out, as of a process that is not the program's.

    Raises:
      ForeignProfileError: it is no callgrind file, or a part is larger than any.
      CodSpeedError: its parts do not fit the benchmarks.
    """
    writing: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115
    if marked and os.fstat(reading.fileno()).st_size:
        with mmap.mmap(reading.fileno(), 0, access=mmap.ACCESS_READ) as data:
            writing.writelines(_named(data, marked))
    writing.seek(0)
    return writing


def _named(data: mmap.mmap, marked: Marked) -> Iterator[bytes]:
    parts = list(_parts(data))
    triggers = [_trigger(data, one) for one in parts]
    # Where there is no part at all, the caller explains what the file is.
    first = parts[0].start if parts else len(data)
    yield data[: min(first, LARGEST_PART)]
    if not parts:
        return
    head, _, _ = _split(_content(data, parts[0]))
    name = b"Metadata: " + marked.regions.integration.encode()
    yield b"\npart: 1\n%b\nsummary: 0\n\n\n\ntotals: 0\n" % _renamed(head, name)
    for number, (uri, indices) in enumerate(marked.regions.chosen(triggers, marked.uris), start=2):
        contents = [_split(_content(data, parts[index])) for index in indices]
        head = _renamed(contents[-1][0], uri.encode("utf-8", "surrogateescape"))
        sums = _sums([totals for _, _, totals in contents])
        yield b"\npart: %d\n%b\nsummary: %b\n\n\n" % (number, head, sums)
        found = [functions for _, functions, _ in contents]
        if not marked.regions.keeps_callers:
            found = [_FUNCTIONS.sub(_without_callers, one) for one in found]
        yield b"\n\n".join(found)
        yield b"\n\ntotals: %b\n" % sums


def _parts(data: mmap.mmap) -> Iterator[_Part]:
    last = None
    for count, found in enumerate(_PART.finditer(data)):
        if count > _MOST_PARTS:
            raise ForeignProfileError(f"it has more than {_MOST_PARTS:,} parts")
        if last is not None:
            yield _Part(last, found.start())
        last = found.start()
    if last is not None:
        yield _Part(last, len(data))


def _trigger(data: mmap.mmap, part: _Part) -> str:
    found = _TRIGGER.search(data[part.start : min(part.start + _HEAD, part.end)])
    return found[1].decode("utf-8", "backslashreplace") if found else ""


def _content(data: mmap.mmap, part: _Part) -> bytes:
    """Returns a part without its `part:` record."""
    if part.end - part.start > LARGEST_PART:
        raise ForeignProfileError(f"it has a part of more than {LARGEST_PART:,} bytes")
    return data[part.start : part.end].split(b"\n", 2)[2]


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    """Returns what a part says of itself, its functions, and its totals."""
    summary = _SUMMARY.search(content)
    totals = _TOTALS.search(content, summary.end() - 1) if summary else None
    if not summary or not totals:
        raise ForeignProfileError("it has a part without its sums")
    functions = content[summary.end() : totals.start()].strip(b"\n")
    return content[: summary.start()], functions, totals[1]


def _renamed(head: bytes, name: bytes) -> bytes:
    """Returns what a part says of itself, named, and free of how much the program ran before."""
    head = _RANGE.sub(rb"\1 0 - 0", head)
    return _TRIGGER.sub(lambda _: b"\ndesc: Trigger: Client Request: " + name, head, count=1)


def _without_callers(function: re.Match[bytes]) -> bytes:
    """Returns a function without the calls from it that began before its part."""
    left = _BEFORE.sub(b"", function[0])
    return left if _COST.search(left) else _FILE.sub(b"", left)


def _sums(totals: Sequence[bytes]) -> bytes:
    """Adds totals up, column by column; zeros at the end are left out of them."""
    columns = [list(map(int, one.split())) for one in totals]
    sums = [0] * max(map(len, columns))
    for one in columns:
        for index, cost in enumerate(one):
            sums[index] += cost
    return b" ".join(b"%d" % one for one in sums)
