"""The costs of one function in a callgrind file, each source line and call once.

Callgrind adds up the basic blocks of a line only where they stand together, and
in which order they stand depends on addresses in Valgrind's own memory.

Format: Valgrind's manual, "Callgrind Format Specification"; where that leaves it open,
what callgrind/dump.c writes: whatever is not stated is as in the last line of self cost. A
position is relative to it, and a callee is in its file, as is the next line of self cost, also
after a call for which `fi=` stated another file. In CodSpeed's build `cfni=` names the inlined
function of the lines that follow (spec: valgrind-fork 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

_NOT_INLINED = b""
_NO_NAME = b"???"  # stands for it after another one


class _Place(NamedTuple):
    """A source line of a function."""

    inlined: bool  # from another file than the function's
    file: bytes
    function: bytes  # that is inlined; `_NOT_INLINED` if none is
    line: int


class _Call(NamedTuple):
    """What is called, and where."""

    place: _Place
    object: bytes  # empty where it is the caller's
    file: bytes
    function: bytes
    line: int


class _Costs(NamedTuple):
    """Costs of a function by source line and by call, with its count of calls."""

    own: dict[_Place, bytes]
    calls: dict[_Call, tuple[int, bytes]]


class _UnknownRecordError(Exception):
    """Something that is neither cost nor call; `canonical_costs` catches it."""


def canonical_costs(texts: Sequence[bytes], file: bytes) -> list[bytes]:
    """Returns the costs of a function as one text, or `texts` joined where that is impossible.

    Args:
      texts: what callgrind wrote between `fn=` and the blank line, each time it wrote the
        function.
      file: the function's file.
    """
    costs = _Costs({}, {})
    try:
        for text in texts:
            _add(costs, text, file)
    except (_UnknownRecordError, ValueError):
        return sorted(texts)
    return [b"\n".join(_written(costs, file))]


def _add(costs: _Costs, text: bytes, own_file: bytes) -> None:
    """Adds the costs of a text.

    Raises:
      _UnknownRecordError: a record that this version does not know.
      ValueError: a number cannot be parsed.
    """
    function = _NOT_INLINED
    base, base_file = 0, own_file  # of the last line of self cost
    stated: bytes | None = None  # file of the next line, where another one than `base_file`
    caller: tuple[int, bytes] | None = None  # line and file of the calls before
    callee: dict[bytes, bytes] = {}
    call: tuple[int, int] | None = None  # count, line of the callee
    for record in text.split(b"\n"):
        if record[:1] in b"0123456789+-*":
            position, _, numbers = record.partition(b" ")
            at = _line(position, base)
            file = base_file if stated is None else stated
            if stated is None and call and caller and caller[0] == at:
                file = caller[1]  # a file is stated once for all calls of a line
            stated = None
            place = _Place(file != own_file, file, function, at)
            if call is None:
                costs.own[place] = _sum(costs.own.get(place, b""), numbers)
                base, base_file, caller = at, file, None
                continue
            called = callee.get(b"cob", b""), callee.get(b"cfi", base_file), callee[b"cfn"]
            key = _Call(place, *called, call[1])
            count, inclusive = costs.calls.get(key, (0, b""))
            costs.calls[key] = count + call[0], _sum(inclusive, numbers)
            caller, callee, call = (at, file), {}, None
            continue
        kind, _, name = record.partition(b"=")
        if kind in (b"fi", b"fe"):
            stated = name
        elif kind == b"cfni":
            function = _NOT_INLINED if name == _NO_NAME else name
        elif kind in (b"cob", b"cfi", b"cfn"):
            callee[kind] = name
        elif kind == b"calls" and b"cfn" in callee:
            count_text, target = name.split()
            call = int(count_text), _line(target, base)
        else:
            raise _UnknownRecordError
    if call or callee:
        raise _UnknownRecordError


def _line(position: bytes, base: int) -> int:
    """Returns the line of a position that may be relative (subposition compression)."""
    if position == b"*":
        return base
    return int(position) + (base if position[:1] in b"+-" else 0)


def _sum(one: bytes, other: bytes) -> bytes:
    """Adds two lists of costs by column; either may be empty."""
    if not one:
        return other
    columns = zip_longest(map(int, one.split()), map(int, other.split()), fillvalue=0)
    return b" ".join(b"%d" % sum(column) for column in columns)


def _written(costs: _Costs, own_file: bytes) -> list[bytes]:
    """Returns the records: the function's own file first, lines ascending."""
    calls: dict[_Place, list[_Call]] = {}
    for call in sorted(costs.calls):
        calls.setdefault(call.place, []).append(call)
    records = []
    current, base_file, function = own_file, own_file, _NOT_INLINED
    for place in sorted(costs.own.keys() | calls.keys()):
        # Some readers take the file of the last line of self cost, others the one stated last.
        if not place.file == current == base_file:
            records.append(b"fi=" + place.file)
            current = place.file
        if place.function != function:
            records.append(b"cfni=" + (place.function or _NO_NAME))
            function = place.function
        if place in costs.own:
            records.append(b"%d %b" % (place.line, costs.own[place]))
            base_file = current
        for call in calls.get(place, ()):
            count, inclusive = costs.calls[call]
            if call.object:
                records.append(b"cob=" + call.object)
            if not call.file == current == base_file:
                records.append(b"cfi=" + call.file)
            records.append(b"cfn=" + call.function)
            records.append(b"calls=%d %d " % (count, call.line))
            records.append(b"%d %b" % (place.line, inclusive))
    if current != own_file:
        records.append(b"fe=" + own_file)
    return records
