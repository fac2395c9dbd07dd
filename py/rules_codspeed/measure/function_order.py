"""Puts the functions of a callgrind file in the order of their names.

Callgrind writes them in the order of addresses in Valgrind's own memory (my_cmp
in its dump.c). Those move with anything that Valgrind reads, such as the length of
a path in debug information, which no simulated number depends on.
"""

from __future__ import annotations

import re
from typing import BinaryIO

_PART = re.compile(rb"\npart: ")
# What starts a function: its object and file where they differ from the function before.
_FUNCTION = re.compile(rb"(?:ob=(.*)\n)?(?:fl=(.*)\n)?(fn=.*)\n(?![+*-])")
# `(id)` of name compression: a later function may rely on an earlier one.
_COMPRESSED = re.compile(rb"\(\d+\)")


def ordered(part: bytes) -> bytes:
    """Returns one part of a file with its functions sorted by object, file, name and costs.

    What is no part as callgrind writes it without name compression is returned as it is.

    Args:
      part: from its `part:` record, or from the beginning of the file, to the next `part:`.
    """
    start = part.find(b"\nob=", part.find(b"\nsummary: ")) + 1
    end = part.rfind(b"\n\ntotals: ")
    if not 0 < start < end:
        return part
    functions = []
    object_ = file = b""
    for text in part[start:end].strip(b"\n").split(b"\n\n"):
        found = _FUNCTION.match(text)
        if not found:
            return part
        object_ = found[1] if found[1] is not None else object_
        file = found[2] if found[2] is not None else file
        if _COMPRESSED.match(object_):
            return part
        functions.append((object_, file, found[3], text[found.end() - 1 :]))
    functions.sort()
    return b"%b%b%b" % (part[:start], _written(functions), part[end + 1 :])


def _written(functions: list[tuple[bytes, bytes, bytes, bytes]]) -> bytes:
    """Returns functions as callgrind writes them: object and file only where they change."""
    texts = []
    last_object = last_file = None
    for object_, file, name, costs in functions:
        if object_ != last_object:
            texts.append(b"ob=%b\nfl=%b\n%b%b\n" % (object_, file, name, costs))
        elif file != last_file:
            texts.append(b"fl=%b\n%b%b\n" % (file, name, costs))
        else:
            texts.append(b"%b%b\n" % (name, costs))
        last_object, last_file = object_, file
    return b"\n".join(texts)


class OrderingWriter:
    """Writes a callgrind file part by part, each with its functions in order.

    Holds one part in memory.
    """

    def __init__(self, writing: BinaryIO) -> None:
        self._writing = writing
        self._pending: list[bytes] = []

    def write(self, lines: bytes) -> None:
        """Takes the next whole lines of the file."""
        at = 0
        # Searched by the newline before: several times as fast as `^`.
        for found in _PART.finditer(b"\n" + lines):
            self._pending.append(lines[at : found.start()])
            self.flush()
            at = found.start()
        self._pending.append(lines[at:])

    def flush(self) -> None:
        """Writes what is held: the file, or the part, has ended."""
        self._writing.write(ordered(b"".join(self._pending)))
        self._pending.clear()
