"""Puts the functions of a callgrind file in the order of their names, each once.

Callgrind sorts basic blocks by addresses in Valgrind's own memory, by differences
that do not define an order (my_cmp in callgrind/dump.c): a function may come in several
pieces. The addresses move with anything that Valgrind reads, such as the length of a
path in debug information, which no simulated number depends on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from rules_codspeed.measure.simulation.function_costs import canonical_costs
from rules_codspeed.measure.simulation.unnamed_code import Functions, PlaceOf, placed

_PART = re.compile(rb"\npart: ")
_TRIGGER = re.compile(rb"\n(desc: Trigger: [^\n]*)")
_POSITIONS = b"\npositions: line\n"
# What starts a function: its object and file where they differ from the function before.
_FUNCTION = re.compile(rb"(?:ob=(.*)\n)?(?:fl=(.*)\n)?fn=(.*)(?:\n(?![+*-])|\Z)")
# More than one blank line follows a function without costs.
_BLANK = re.compile(rb"\n\n+")
# `(id)` of name compression: a later function may rely on an earlier one.
_COMPRESSED = re.compile(rb"\(\d+\)")


def ordered(part: bytes, place_of: PlaceOf | None = None) -> bytes:
    """Returns one part of a file with its functions sorted by object, file and name.

    A part that callgrind did not write, or wrote with name compression, is returned as it is.

    Args:
      part: from its `part:` record, or from the beginning of the file, to the next `part:`.
      place_of: finds the object of code that has only an address.
    """
    start = part.find(b"\nob=", part.find(_POSITIONS)) + 1
    end = part.rfind(b"\n\ntotals: ")
    if _POSITIONS not in part[:start] or start > end:
        return part
    functions = _functions(part[start:end].strip(b"\n"))
    if not functions:
        return part
    if place_of:
        functions = placed(functions, place_of)
    return b"%b%b\n%b" % (part[:start], b"\n\n".join(_written(functions)), part[end + 1 :])


def _functions(body: bytes) -> Functions:
    """Returns the functions of a body; None if one relies on another before it."""
    functions: Functions = {}
    object_ = file = b""
    for text in _BLANK.split(body):
        found = _FUNCTION.match(text)
        if not found:
            return {}
        object_ = found[1] if found[1] is not None else object_
        file = found[2] if found[2] is not None else file
        if _COMPRESSED.match(object_):
            return {}
        # One without costs is only where a thread stands.
        if found.end() < len(text):
            functions.setdefault((object_, file, found[3]), []).append(text[found.end() :])
    return functions


def _written(functions: Functions) -> Iterator[bytes]:
    """Yields functions as callgrind writes them: object and file only where they change."""
    last_object = last_file = None
    for (object_, file, name), texts in sorted(functions.items()):
        for costs in canonical_costs(texts, file):
            place = b""
            if object_ != last_object:
                place = b"ob=%b\nfl=%b\n" % (object_, file)
            elif file != last_file:
                place = b"fl=%b\n" % file
            yield b"%bfn=%b\n%b" % (place, name, costs)
            last_object, last_file = object_, file


class OrderingWriter:
    """Writes a callgrind file part by part, each with its functions in order.

    Holds one part in memory. Where all parts are left out, nothing is written.

    Attributes:
      held: bytes of the part so far.
    """

    def __init__(
        self, writing: BinaryIO, place_of: PlaceOf | None = None, *, as_written: bool = False
    ) -> None:
        """Writes to a file.

        Args:
          writing: that file.
          place_of: as of `ordered`.
          as_written: whether parts stay as they are.
        """
        self.held = 0
        self._left_out: set[bytes] = set()
        self._writing = writing
        self._place_of = place_of
        self._as_written = as_written
        self._pending: list[bytes] = []
        # What precedes the first part, until a part is written.
        self._head: bytes | None = None

    def leave_out(self, trigger: bytes) -> None:
        """Leaves out the parts, as far as they are not written, that have this line."""
        self._left_out.add(trigger)

    def write(self, lines: bytes) -> None:
        """Takes the next whole lines of the file."""
        at = 0
        # Searched by the newline before: several times as fast as `^`.
        for found in _PART.finditer(b"\n" + lines):
            self._pending.append(lines[at : found.start()])
            self.flush()
            at = found.start()
        self._pending.append(lines[at:])
        self.held += len(lines) - at

    def flush(self) -> None:
        """Writes the part that is held: it has ended."""
        part = b"".join(self._pending)
        self._pending.clear()
        self.held = 0
        if self._head is None:
            self._head = part
            return
        trigger = _TRIGGER.search(part) if self._left_out else None
        if not trigger or trigger[1] not in self._left_out:
            part = part if self._as_written else ordered(part, self._place_of)
            self._writing.write(self._head + part)
            self._head = b""

    def finish(self) -> None:
        """Writes what is left of the file, which has ended."""
        self.flush()
        if self._head and not self._left_out:
            self._writing.write(self._head)
