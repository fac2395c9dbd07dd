"""The rows of a trace (spec: tracegrind 2, 3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from rules_codspeed.results.message_pack import read_values
from rules_codspeed.results.tracegrind.chunks import Chunk, Chunks
from rules_codspeed.results.tracegrind.errors import trace_error

MARKER, ENTER, EXIT, ENTER_INLINED, EXIT_INLINED, FORK, THREAD = range(7)
_COSTS = (ENTER, EXIT, ENTER_INLINED, EXIT_INLINED)
_COLUMNS = 7  # before the costs
_FIRST_WITH_LIST = 4  # version whose rows have their costs in a list
_FIRST_WITH_IDS = 5
_MOST_COUNTERS = 64
_MOST_IN_ROW = 256
_MOST_IN_SCHEMA = 4096
_MOST_STRINGS = 1 << 22
_LARGEST_COUNT = 1 << 64

Name = str | int
"""A text, or the id of one in the table of strings, which is at the end of the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
      tid: Valgrind's number of the thread.
      event: one of the constants above; there may be others.
      text: of a marker.
      frame: name, object and file of a function.
      deltas: by counter, as written.
      child: process of a fork, or thread.
    """

    tid: int
    event: int
    text: Name = ""
    frame: tuple[Name, Name, Name] = ("", "", "")
    deltas: Sequence[int] = ()
    child: int = 0


class Trace:
    """A trace that is being read.

    Attributes:
      version: of the format.
      counters: names of what was counted.
      creator: what wrote it, with its version.
      truncated: see `Chunks`.
      strings: the table of strings; complete when all rows have been read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Reads up to the schema.

        Raises:
          ValueError: it is no trace, one of an unknown version, or has no usable schema.
        """
        self._chunks = Chunks(stream)
        self._iterator = iter(self._chunks)
        self.version = self._chunks.version
        self.strings: list[str] = []
        first = next(self._iterator, None)
        if first is None:
            raise trace_error(8, "the file ends before its schema; it is truncated")
        schema = self._only(first, _MOST_IN_SCHEMA, dict)
        self.counters = _counters(schema, self.version, first.offset)
        self.creator = f"{schema.get('creator', '')} {schema.get('creator_version', '')}".strip()
        self._sequence = 0

    @property
    def truncated(self) -> bool:
        """Whether the end of the file is missing; known when all rows have been read."""
        return self._chunks.truncated

    def rows(self) -> Iterator[Row]:
        """Yields the rows in order.

        Raises:
          ValueError: a chunk or row is damaged, or rows are missing.
        """
        for chunk in self._iterator:
            if chunk.is_strings:
                table = self._only(chunk, _MOST_STRINGS, list)
                self.strings += [str(one) for one in table]
                continue
            try:
                for value in read_values([chunk.content], _MOST_IN_ROW):
                    yield self._row(value)
            except ValueError as error:
                raise trace_error(chunk.offset, f"a damaged chunk: {error}") from error

    def name(self, name: Name) -> str:
        """Returns a text; `#<id>` for one that is in no table."""
        if isinstance(name, str):
            return name
        return self.strings[name] if name < len(self.strings) else f"#{name}"

    def _only(self, chunk: Chunk, most: int, kind: type) -> Any:
        try:
            values = list(read_values([chunk.content], most))
        except ValueError as error:
            raise trace_error(chunk.offset, f"a damaged chunk: {error}") from error
        if len(values) != 1 or not isinstance(values[0], kind):
            raise trace_error(chunk.offset, f"a chunk that is not one {kind.__name__}")
        return values[0]

    def _row(self, value: Any) -> Row:
        if not isinstance(value, list) or len(value) < 3:
            raise ValueError("a value that is no row")
        sequence, tid, event = map(_whole, value[:3])
        # A process that was forked starts again.
        if sequence not in (self._sequence + 1, 1):
            raise ValueError(f"row {sequence} after row {self._sequence}; rows are missing")
        self._sequence = sequence
        if event == MARKER and len(value) > 3:
            return Row(tid, event, text=_name(value[3]))
        if event in (FORK, THREAD) and len(value) > 3:
            return Row(tid, event, child=_whole(value[3]))
        if event not in _COSTS:
            return Row(tid, event)
        deltas: Any = value[_COLUMNS:]
        if self.version >= _FIRST_WITH_LIST:
            deltas = deltas[0] if len(deltas) == 1 else None
        if not isinstance(deltas, list) or len(deltas) != len(self.counters):
            raise ValueError(f"row {sequence} does not have {len(self.counters)} costs")
        kind = int if self.version >= _FIRST_WITH_IDS else str
        frame = tuple(value[3:6])
        if not all(isinstance(one, kind) and one != -1 for one in frame):
            raise ValueError(f"row {sequence} has a name of another kind")
        name, object_, file = map(_name, frame)
        return Row(tid, event, frame=(name, object_, file), deltas=list(map(_whole, deltas)))


def _counters(schema: dict[Any, Any], version: int, offset: int) -> list[str]:
    if schema.get("version") != version or schema.get("format") != "tracegrind-msgpack":
        raise trace_error(offset, "a schema of another format or version")
    if version >= _FIRST_WITH_LIST:
        counters = schema.get("counters")
    else:
        events = schema.get("event_schemas")
        columns = events.get(str(ENTER)) if isinstance(events, dict) else None
        counters = columns[_COLUMNS:] if isinstance(columns, list) else None
    if (
        not isinstance(counters, list)
        or len(counters) > _MOST_COUNTERS
        or not all(isinstance(one, str) for one in counters)
        or len(set(counters)) < len(counters)
    ):
        raise trace_error(offset, "a schema without a list of counters")
    return counters


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST_COUNT:
        raise ValueError(f"{str(value)[:40]!r} is not an unsigned number")
    return value


def _name(value: object) -> Name:
    return value if isinstance(value, str) else _whole(value)
