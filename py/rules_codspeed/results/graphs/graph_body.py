"""Reads the body of a callgrind part into a call graph.

Format: Valgrind's manual, "Callgrind Format Specification" section 3.2. What it leaves open
is as callgrind/dump.c writes it: positions are relative to the last line of self cost, a
callee is in the caller's object and in the file of the lines around the call unless stated,
and in CodSpeed's build `cfni=` names the inlined function of the lines that follow, where
`???` stands for none (spec: valgrind-fork 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from operator import add
from typing import BinaryIO

from rules_codspeed.results.callgrind.body import BodyCosts, NameIds
from rules_codspeed.results.callgrind.reader import Part, read_bodies
from rules_codspeed.results.graphs.call_graph import Call, CallGraph, Frame

_UNKNOWN = b"???"
# Counts what is executed before any code that is not skipped (spec: valgrind-fork 5).
_SKIPPED = (b"(callgrind-internal)", b"(skipped)")
_NONE = b""
_INLINED_ID = re.compile(rb"\A\([0-9]+\)[ \t]*(?=[^ \t])")
# What follows such a record is in the same frame.
_SAME_FRAME = (b"calls=", b"cfn=", b"cob=", b"cfi=", b"jump=", b"jcnd=")
_OBJECTS = (b"ob", b"cob")
_FILES = (b"fl", b"fi", b"fe", b"cfi", b"cfl")
_POSITION_START = frozenset(b"0123456789+-* \t")
_LAST_LINE = 2**31 - 1  # of a source file; relative positions may lead anywhere

# Object, file and name of a function. Of inlined code: index of the function, its file and name.
_Key = tuple[bytes | int, bytes, bytes]


class Names:
    """Compressed names of a file, separate for objects, files and functions."""

    def __init__(self) -> None:
        """Starts without a name."""
        self.ids: NameIds = set()
        self._names: dict[tuple[str, bytes], bytes] = {}

    def full(self, kind: str, text: bytes) -> bytes:
        """Returns the name that a text stands for: `name`, `(id) name` or `(id)`."""
        number, closed, name = text.partition(b")")
        if not closed or not number[1:].isdigit():
            return text
        name = name.strip()
        if name:
            self._names[kind, number] = name
            return name
        return self._names.get((kind, number), text)


class GraphBody:
    """Takes the lines of one part.

    Attributes:
      sums: self cost by event.
    """

    def __init__(self, events: tuple[str, ...], positions: tuple[str, ...], names: Names) -> None:
        """Starts without a function.

        Args:
          events: of the part.
          positions: names of the numbers before the costs of a line.
          names: of the file; added to.
        """
        # Checks each line, and reports the place of an error: here all lines are well formed.
        self._checked = BodyCosts(len(events), len(positions), names.ids)
        self._events = events
        self._names = names
        self._positions = len(positions)
        self._line_at = positions.index("line") if "line" in positions else -1
        self._indexes: dict[_Key, int] = {}  # of frames, in order
        self._lines: list[int] = []  # first of each frame
        self._calls: list[dict[int, list[int]]] = []  # of each frame: callee to index, count
        self._costs: list[list[int]] = []  # of frames and of calls
        self._own: list[int] = []  # of each frame: index of its self costs
        self._line = 0
        self._object = self._file = self._own_file = self._inlined = _NONE
        self._cost_file = _NONE  # of the last line of self cost in this record
        self._function = -1
        self._defined: set[int] = set()  # functions that have a record of their own
        self._callee_object: bytes | None = None
        self._callee_file: bytes | None = None
        self._callee = -1
        self._count = 0  # of the calls whose cost line is next
        self._skips = False  # the next line belongs to a jump
        self._called = False  # the last line was of a call, and no file is stated since

    @property
    def sums(self) -> list[int]:
        """Self cost by event."""
        return self._checked.sums

    def add(self, block: bytes, file: str, line: int, offset: int) -> None:
        """Takes the lines of a block, as `BodyCosts.add` does."""
        self._checked.add(block, file, line, offset)
        # There are many lines: their costs are added up at the end, by columns, and texts that
        # occur repeatedly are converted once.
        rows: dict[int, list[Sequence[int]]] = {}
        converted: dict[bytes, list[int]] = {}
        positions, frame = self._positions, -1
        for text in block.split(b"\n"):
            if not text:
                continue
            if text[0] not in _POSITION_START:
                self._add_record(text)
                if not text.startswith(_SAME_FRAME):
                    frame = -1
                continue
            parts = text.split(None, positions)
            if self._skips or not parts:
                self._skips = False
                continue
            if self._called and not self._count:
                # Callgrind states the file of a call, and not again that it is as before.
                self._file, frame = self._cost_file, -1
            if frame < 0:
                frame = self._place()
            self._called = bool(self._count)
            if self._called:
                index = self._call(frame)
            else:
                index = self._own[frame]
                self._cost_file = self._file
                self._move(frame, parts)
            if len(parts) > positions:
                row = converted.get(parts[positions])
                if row is None:
                    row = converted[parts[positions]] = _numbers(parts[positions])
                if index in rows:
                    rows[index].append(row)
                else:
                    rows[index] = [row]
        for index, added in rows.items():
            added.append(self._costs[index])
            self._costs[index] = list(map(sum, zip_longest(*added, fillvalue=0)))

    def _move(self, frame: int, positions: list[bytes]) -> None:
        """Takes the position of a line of self cost."""
        if self._line_at < 0:
            return
        position = positions[self._line_at]
        if position != b"*":
            relative = position.startswith((b"+", b"-"))
            self._line = (self._line if relative else 0) + _number(position)
        first = self._lines[frame]
        if 0 < self._line <= _LAST_LINE and (not first or self._line < first):
            self._lines[frame] = self._line

    def _call(self, frame: int) -> int:
        """Adds a call, and returns the index of its costs."""
        called = self._calls[frame].get(self._callee)
        if called is None:
            called = self._calls[frame][self._callee] = [self._new_costs(), 0]
        called[1] += self._count
        self._count = 0
        return called[0]

    def _add_record(self, text: bytes) -> None:
        spec, _, value = text.rstrip(b"\r").partition(b"=")
        if spec == b"calls":
            # Costs follow even where a writer counted nothing.
            self._count = max(1, _number(value.split(None, 1)[0]))
            if self._callee < 0:
                self._callee = self._index((self._object, self._own_file, _UNKNOWN))
        elif spec == b"cfn":
            object_ = self._object if self._callee_object is None else self._callee_object
            file = self._cost_file if self._callee_file is None else self._callee_file
            self._callee = self._index((object_, file, self._full(spec, value)))
            self._callee_object = self._callee_file = None
        elif spec == b"fn":
            self._function = self._index((self._object, self._own_file, self._full(spec, value)))
            self._file = self._cost_file = self._own_file
            self._inlined, self._called = _NONE, False
            self._defined.add(self._function)
        elif spec in (b"fi", b"fe"):
            self._file, self._called = self._full(spec, value), False
        elif spec == b"cfni":
            # Inlined functions are not numbered: an id in front of a name has no meaning.
            name = _INLINED_ID.sub(_NONE, value)
            self._inlined = _NONE if name == _UNKNOWN else name
        elif spec in (b"cfi", b"cfl"):
            self._callee_file = self._full(spec, value)
        elif spec == b"cob":
            self._callee_object = self._full(spec, value)
        elif spec == b"fl":
            self._own_file = self._file = self._full(spec, value)
        elif spec == b"ob":
            self._object = self._full(spec, value)
        elif spec in (b"jump", b"jcnd"):
            self._skips = True

    def _full(self, spec: bytes, value: bytes) -> bytes:
        if not value.startswith(b"("):
            return value
        kind = "object" if spec in _OBJECTS else "file" if spec in _FILES else "function"
        return self._names.full(kind, value)

    def _place(self) -> int:
        """Returns the frame that a line belongs to: the function, or what is inlined into it."""
        if self._function < 0:
            self._function = self._index((self._object, self._own_file, _UNKNOWN))
        if self._inlined or self._file != self._own_file:
            return self._index((self._function, self._file, self._inlined))
        return self._function

    def _index(self, key: _Key) -> int:
        index = self._indexes.setdefault(key, len(self._own))
        if index == len(self._own):
            self._own.append(self._new_costs())
            self._lines.append(0)
            self._calls.append({})
        return index

    def _new_costs(self) -> int:
        self._costs.append([0] * len(self._events))
        return len(self._costs) - 1

    def graph(self) -> CallGraph:
        """Returns the graph of the lines so far."""
        keys = list(self._indexes)
        known = self._known(keys)
        frames = tuple(_frame(key, keys, self._lines[at]) for at, key in enumerate(keys))
        own = tuple(self._costs[index] for index in self._own)
        calls = [
            {callee: Call(count, self._costs[index]) for callee, (index, count) in called.items()}
            for called in self._calls
        ]
        for called_by in calls if known else ():
            for callee in called_by.keys() & known.keys():
                self._add_call(called_by, known[callee], called_by.pop(callee))
        for at, key in enumerate(keys):
            if isinstance(key[0], int):
                columns = [own[at], *(call.costs for call in calls[at].values())]
                calls[key[0]][at] = Call(0, list(map(sum, zip(*columns, strict=True))))
        return CallGraph(self._events, frames, own, tuple(calls))

    def _known(self, keys: list[_Key]) -> dict[int, int]:
        """Returns the function that each called one without a record of its own is.

        A call may state, or leave out, another file than the record does: of one object and name
        there is one function, unless several records say otherwise.
        """
        records: dict[tuple[bytes | int, bytes], list[int]] = {}
        for at in self._defined:
            records.setdefault((keys[at][0], keys[at][2]), []).append(at)
        found = {}
        for at, key in enumerate(keys):
            if at not in self._defined and not isinstance(key[0], int):
                same = records.get((key[0], key[2]), [])
                if len(same) == 1:
                    found[at] = same[0]
        return found

    def _add_call(self, calls: dict[int, Call], callee: int, call: Call) -> None:
        before = calls.get(callee)
        if before:
            costs = list(map(add, before.costs, call.costs))
            call = Call(before.times + call.times, costs)
        calls[callee] = call


def _frame(key: _Key, keys: list[_Key], line: int) -> Frame:
    owner, file, name = key
    if not isinstance(owner, int):
        if (file, name) == _SKIPPED:
            return Frame(_text(name), kind="other")
        return Frame(_text(name), _text(file), _text(owner), line)
    object_ = keys[owner][0]
    assert isinstance(object_, bytes)
    return Frame(_text(name), _text(file), _text(object_), line, "inlined")


def _text(name: bytes) -> str:
    return "" if name == _UNKNOWN else name.decode("utf-8", "replace")


def _numbers(text: bytes) -> list[int]:
    try:
        return list(map(int, text.split()))
    except ValueError:
        return list(map(_number, text.split()))


def _number(text: bytes) -> int:
    return int(text, 16) if b"x" in text else int(text)


def read_graphs(stream: BinaryIO, name: str) -> Iterator[tuple[Part, CallGraph]]:
    """Reads the call graph of each part of a profile.

    Args:
      stream: a callgrind profile.
      name: name of the stream in errors.

    Raises:
      CallgrindError: see `callgrind.read_parts`.
    """
    names = Names()

    def make(events: tuple[str, ...], positions: tuple[str, ...]) -> GraphBody:
        return GraphBody(events, positions, names)

    for part, body in read_bodies(stream, name, make):
        yield part, body.graph()
