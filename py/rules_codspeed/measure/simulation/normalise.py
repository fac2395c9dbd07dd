"""Rewrites a callgrind file so that it does not show where and when it was made.

Part by part, and by record: only records that carry names are touched, never text
as such. Format: Valgrind's manual, chapter "Callgrind Format Specification"
(spec: simulation 8.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, Final

from rules_codspeed.measure.simulation.function_order import OrderingWriter
from rules_codspeed.measure.simulation.unnamed_code import PlaceOf
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.staging import STAGE

LARGEST_PART: Final = 512 << 20
"""Bytes; one part is held in memory."""

_FIRST_LINE = b"# callgrind format"
_METADATA = b"Metadata: "
_TERMINATION = b"desc: Trigger: Program termination"
_REQUEST = b"\ndesc: Trigger: Client Request: "
# Columns of `--collect-systime` that are read from the host's clock.
_CLOCKS = (b"sysTime", b"sysCpuTime")

# Lines are searched by the newline before them: several times as fast as `^`.
_EVENTS = re.compile(rb"\nevents: (.*)")
# Names that `Names.path` may change; `(id) ` is name compression's.
_NAME = re.compile(
    rb"\n(c?ob|c?f[lie]|c?fn|cfni)=((?:\(\d+\) )?)"
    rb"(?=%b/|/proc/self/cwd/|bazel-out/|external/)(.*)" % re.escape(STAGE.encode())
)
_HEADER = re.compile(
    rb"\n(?:pid: (\d+)|cmd: (.*)|desc: Trigger: Client Request: (.*)"
    rb"|(desc: (?:Spawned|Benchmark) pid: )(\d{1,20})(?=\n|\Z)|thread: (\d{1,20})(?=\n|\Z))"
)
# The reason of a dump and the start of the line after it, when the reason is one line.
_BROKEN_REASON = re.compile(
    rb"\ndesc: Trigger: Client Request: (.*)\n(?!positions:|desc: |event)(?=[^\n])"
)
_BLOCK = 1 << 20  # bytes
_LONGEST_LINE = 16 << 20  # bytes; a name of C++ may have thousands


class ForeignProfileError(Exception):
    """A file named like a profile is none, as the message explains; `profile.py` catches it."""


def normalise_callgrind(
    reading: BinaryIO,
    writing: BinaryIO,
    names: Names,
    ordinal: int,
    place_of: PlaceOf | None = None,
    ordinals: Mapping[int, int] | None = None,
    dropped: Sequence[str] = (),
    *,
    as_written: bool = False,
    adopted: bool = False,
) -> list[str]:
    """Copies a callgrind file, normalised.

    Args:
      reading: the file; may be empty, as a killed process leaves it.
      writing: where the copy goes.
      names: how paths and URIs are rewritten.
      ordinal: stands for the process id.
      place_of: finds the object of code that has only an address.
      ordinals: of other processes, by their ids.
      dropped: URIs whose parts are left out.
      as_written: whether all but URIs stays as it is.
      adopted: whether its costs are those of another process' benchmark: then none is its own.

    Returns:
      URIs of the benchmarks of the file, in order.

    Raises:
      ForeignProfileError: the beginning is not that of a callgrind file, a URI holds a newline or
        is not UTF-8, or a line or a part is larger than any that callgrind writes.
    """
    header = _Header(names, ordinal, ordinals or {}, as_written=as_written, adopted=adopted)
    clocks: _Clocks | None = None
    ordering = OrderingWriter(writing, place_of, as_written=as_written)
    for trigger in _triggers(dropped):
        ordering.leave_out(trigger)
    for block in _blocks(reading):
        text = b"\n" + block
        if broken := _BROKEN_REASON.search(text):
            shown = broken[1].decode("utf-8", "replace")
            raise ForeignProfileError(f"the URI that starts with {shown!r} holds a newline")
        rewritten = []
        at = 0
        for events in _EVENTS.finditer(text):
            rewritten.append(_rewrite(text[at : events.start()], names, header, clocks))
            clocks = _Clocks(events[1].split())
            at = events.start()
        rewritten.append(_rewrite(text[at:], names, header, clocks))
        ordering.write(b"".join(rewritten)[1:])
        if ordering.held > LARGEST_PART:
            raise ForeignProfileError(f"it has a part of more than {LARGEST_PART:,} bytes")
    if not set(dropped).issubset(header.uris):
        # One that left its region without reporting it.
        ordering.leave_out(_TERMINATION)
    ordering.finish()
    return [uri for uri in header.uris if uri not in dropped]


def _triggers(uris: Iterable[str]) -> Iterator[bytes]:
    """Yields the lines of the parts of benchmarks."""
    for uri in uris:
        yield b"desc: Trigger: Client Request: " + uri.encode("utf-8", "backslashreplace")


def _blocks(reading: BinaryIO) -> Iterator[bytes]:
    """Yields blocks of whole lines; only the last block may end with a line `desc:`."""
    rest = reading.read(_BLOCK)
    if rest and not rest.startswith(_FIRST_LINE):
        raise ForeignProfileError(
            f"it starts with {rest[:60]!r}, not with {_FIRST_LINE.decode()!r}"
        )
    while data := reading.read(_BLOCK):
        if len(rest) > _LONGEST_LINE:
            raise ForeignProfileError(f"it has a line of more than {_LONGEST_LINE:,} bytes")
        rest += data
        end = rest.rfind(b"\n") + 1
        last = rest.rfind(b"\n", 0, max(end - 1, 0)) + 1
        end = last if rest.startswith(b"desc:", last) else end
        if end:
            yield rest[:end]
        rest = rest[end:]
    if rest:
        yield rest


def _rewrite(text: bytes, names: Names, header: _Header, clocks: _Clocks | None) -> bytes:
    if header.as_written:
        return _HEADER.sub(header.rewritten, text)
    text = _NAME.sub(lambda found: b"\n%b=%b%b" % (found[1], found[2], names.path(found[3])), text)
    text = _HEADER.sub(header.rewritten, text)
    return clocks.set_to_zero(text) if clocks else text


class _Header:
    """Rewrites what the headers of parts state of the machine.

    Attributes:
      uris: of the benchmarks so far.
      as_written: whether only URIs are rewritten.
    """

    def __init__(
        self,
        names: Names,
        ordinal: int,
        ordinals: Mapping[int, int],
        *,
        as_written: bool,
        adopted: bool,
    ) -> None:
        self.uris: list[str] = []
        self.as_written = as_written
        self._adopted = adopted
        self._names = names
        self._ordinal = ordinal
        self._ordinals = ordinals
        self._threads: dict[int, int] = {}

    def rewritten(self, found: re.Match[bytes]) -> bytes:
        """Returns what a line becomes, with the newline before it."""
        process, command, reason, kind, other, thread = found.groups()
        # The kernel's number of a thread; they are written in the order of their start.
        number = self._threads.setdefault(int(thread), len(self._threads) + 1) if thread else 0
        if reason is not None:
            return self._trigger(reason)
        if self.as_written:
            return found[0]
        if process is not None:
            return b"\npid: %d" % self._ordinal
        if command is not None:
            return b"\ncmd: " + self._names.text(command)
        if other is not None:
            # 0 is one that left no profile.
            return b"\n%b%d" % (kind, self._ordinals.get(int(other), 0))
        return b"\nthread: %d" % number

    def _trigger(self, reason: bytes) -> bytes:
        """Returns the line on why a part was written; notes the URI if it is a benchmark's."""
        if reason.startswith(_METADATA):
            return _REQUEST + reason
        reason = self._names.path(reason)
        uri = _read(reason)
        # Each thread has a section of its own, which repeats the name.
        if not self._threads or uri not in self.uris[-1:]:
            self.uris.append(uri)
        return b"\n" + _TERMINATION if self._adopted else _REQUEST + reason


def _read(uri: bytes) -> str:
    try:
        return uri.decode()
    except UnicodeDecodeError as error:
        raise ForeignProfileError(f"the URI {repr(uri[:300])[1:]} is not UTF-8") from error


class _Clocks:
    """Sets the columns of the host's clock to zero."""

    def __init__(self, events: list[bytes]) -> None:
        self._columns = [events.index(name) for name in _CLOCKS if name in events]
        # Trailing zeros are left out: only lines that reach such a column matter.
        self._line = re.compile(
            rb"(\n(?:totals: |summary: |[0-9+*-][^ \n]* ))((?:\d+ ){%d,}\d+)(?=\n|\Z)"
            % min(self._columns, default=0),
        )

    def set_to_zero(self, text: bytes) -> bytes:
        """Returns cost lines with trailing zeros left out, as callgrind does."""
        return self._line.sub(self._replace, text) if self._columns else text

    def _replace(self, found: re.Match[bytes]) -> bytes:
        costs = found[2].split(b" ")
        for column in self._columns:
            if column < len(costs):
                costs[column] = b"0"
        while len(costs) > 1 and costs[-1] == b"0":
            costs.pop()
        return found[1] + b" ".join(costs)
