"""Costs of one part's body: the lines between its header and `totals:`.

Format: Valgrind's manual, "Callgrind Format Specification" section 3.2; what callgrind
and CodSpeed's build of it write beyond that is in their callgrind/dump.c
(`cfni=`, `jfi=`, `jfn=`, `frfn=`, `rec=`, `jcnd=<followed>/<executed>`).

A block of lines is summed at once if it is plain, as callgrind's own blocks are: one
pattern drops all that is not self cost, equal cost texts are counted, and the
distinct ones are converted by columns. Any other block is read line by line, which
also finds the place of an error.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from operator import mul

from rules_codspeed.results.callgrind.source import TWO_LINE_RECORDS, CallgrindError

_PLAIN_BYTES = b"0123456789 \n"

# An unsigned 64-bit number in decimal. The time to convert one grows with its square.
_MAX_DIGITS = 20

# Whoever reads further (`graphs/graph_body.py`) converts what these match without a check.
_NUMBER = rb"(?:0x[0-9A-Fa-f]{1,16}|[0-9]{1,%d})" % _MAX_DIGITS
_POSITION = rb"(?:[+-]?%b|\*)" % _NUMBER
_NAME = rb"fn|cfn|cfi|cob|fi|fe|fl|ob|cfl|cfni|jfi|jfn|frfn|rec"
_COUNT = rb"(?:(?:calls|jump)=[ \t]*%b|jcnd=[ \t]*%b(?:/%b)?)" % ((_NUMBER,) * 3)
# The format wants the target's positions too; some writers leave them out.
_CALL = rb"%b(?:[ \t]+%b)*[ \t]*" % (_COUNT, _POSITION)

_NAME_LINE = re.compile(rb"(?:%b)=" % _NAME)
_CALL_LINE = re.compile(_CALL)
COST = re.compile(_NUMBER)
_NAME_ID = re.compile(rb"=\([0-9]")
# Names are numbered separately for objects, files and functions; those of `cfni=` are not, and
# stand in full whatever number is before them (spec: valgrind-fork 1).
NAME_KINDS = {
    **dict.fromkeys((b"ob", b"cob"), "object"),
    **dict.fromkeys((b"fl", b"fi", b"fe", b"cfi", b"cfl", b"jfi"), "file"),
    **dict.fromkeys((b"fn", b"cfn", b"jfn", b"frfn", b"rec"), "function"),
}
COMPRESSED_NAME = re.compile(
    rb"^(%b)=\(([0-9]+)\)[ \t]*([^\r\n]?)" % b"|".join(NAME_KINDS), re.MULTILINE
)

NameIds = set[tuple[str, bytes]]


class BodyCosts:
    """Sums the self cost of one part, block by block.

    Attributes:
      sums: self cost by event.
    """

    def __init__(self, events: int, positions: int, names: NameIds) -> None:
        """Starts at zero.

        Args:
          events: number of events of the part.
          positions: numbers before the costs of a line.
          names: compressed names that the file has defined so far; added to.
        """
        self.sums = [0] * events
        self._positions = positions
        self._names = names

    def add(self, block: bytes, file: str, line: int, offset: int) -> None:
        """Adds the self cost of the lines of a block.

        Args:
          block: whole lines; a `calls=` line and the next are in the same block.
          file: name of the file, for errors.
          line: number of the block's first line.
          offset: bytes of the file before the block.

        Raises:
          CallgrindError: a line does not belong to the format.
        """
        if self._add_plain(block):
            return
        after_call = False
        for raw in block.split(b"\n")[:-1]:
            text = raw.removesuffix(b"\r")
            problem = self._check_call_cost(text) if after_call else self._add_line(text)
            if problem:
                raise CallgrindError(file, line, offset, problem)
            after_call = not after_call and text.startswith(TWO_LINE_RECORDS)
            line += 1
            offset += len(raw) + 1
        if after_call:
            raise CallgrindError(file, line, offset, "no cost line after calls=")

    def _add_plain(self, block: bytes) -> bool:
        """Adds the cost of a block; returns False, having done nothing, if it is not plain.

        In a plain block costs are in decimal, each after one blank.
        """
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        names = self._block_names(block)
        if names is None:
            return False
        texts = Counter(_self_costs(self._positions, len(self.sums)).findall(block))
        by_width: dict[int, list[bytes]] = {}
        for text in texts:
            by_width.setdefault(text.count(b" "), []).append(text)
        sums = self.sums.copy()
        for width, rows in by_width.items():
            columns = _plain_columns(rows, width) if width <= len(sums) else None
            if columns is None:
                return False
            counts = list(map(texts.__getitem__, rows))
            for event, column in enumerate(columns):
                sums[event] += sum(map(mul, counts, map(int, column)))
        self.sums = sums
        self._names |= names
        return True

    def _block_names(self, block: bytes) -> NameIds | None:
        """Returns the compressed names that a block defines; None where one is not defined."""
        defined: NameIds = set()
        if not _NAME_ID.search(block):
            return defined
        for spec, number, name in dict.fromkeys(COMPRESSED_NAME.findall(block)):
            key = (NAME_KINDS[spec], number)
            if name:
                defined.add(key)
            elif key not in defined and key not in self._names:
                return None
        return defined

    def _add_line(self, line: bytes) -> str:
        """Adds one line; returns what is wrong with it, or nothing."""
        if not line.strip(b" \t") or line.startswith(b"#") or _CALL_LINE.fullmatch(line):
            return ""
        if _NAME_LINE.match(line):
            return self._add_name(line)
        if line.startswith(TWO_LINE_RECORDS):
            return f"{shown(line)} is not a number of calls"
        match = _line_positions(self._positions).match(line)
        if not match:
            return _unknown_line(line)
        costs = line[match.end() :].split()
        if len(costs) > len(self.sums):
            return f"{len(costs)} costs for {len(self.sums)} events"
        for event, cost in enumerate(costs):
            if not COST.fullmatch(cost):
                return f"the cost {shown(cost)} is not an unsigned 64-bit number"
            self.sums[event] += int(cost, 16 if b"x" in cost else 10)
        return ""

    def _add_name(self, line: bytes) -> str:
        match = COMPRESSED_NAME.match(line)
        if not match:
            return ""
        spec, number, name = match.groups()
        key = (NAME_KINDS[spec], number)
        if name:
            self._names.add(key)
        elif key not in self._names:
            return f"the {key[0]} name ({shown(number)}) is used before its definition"
        return ""

    def _check_call_cost(self, line: bytes) -> str:
        """Checks the line after `calls=` or a jump: it is the callee's cost, not the part's own."""
        if _call_cost_line(self._positions, len(self.sums)).fullmatch(line):
            return ""
        return f"no cost line after calls=, but {shown(line)}"


def _positions(count: int) -> bytes:
    """Returns a pattern of a cost line up to where its costs begin."""
    return rb"[ \t]*" + rb"[ \t]+".join([_POSITION] * count) + rb"(?![^ \t\n])"


def _call_cost(positions: int, events: int) -> bytes:
    """Returns a pattern of the line after `calls=`: positions, and at most a cost per event."""
    return rb"%b(?:[ \t]+%b){0,%d}[ \t]*" % (_positions(positions), _NUMBER, events)


def _plain_columns(rows: list[bytes], width: int) -> list[list[bytes]] | None:
    """Returns the numbers of plain cost texts with `width` blanks each, by columns; else None."""
    text = b"\n" + b"\n".join(rows)
    numbers = text.split()
    plain = (
        len(numbers) == width * len(rows)
        and (not width or text.count(b"\n ") == len(rows))
        and not text.translate(None, _PLAIN_BYTES)
        and max(map(len, numbers), default=0) <= _MAX_DIGITS
    )
    return [numbers[column::width] for column in range(width)] if plain else None


@lru_cache(maxsize=8)
def _line_positions(count: int) -> re.Pattern[bytes]:
    """Matches the positions of one cost line."""
    return re.compile(_positions(count))


@lru_cache(maxsize=8)
def _call_cost_line(positions: int, events: int) -> re.Pattern[bytes]:
    """Matches the line after `calls=`."""
    return re.compile(_call_cost(positions, events))


@lru_cache(maxsize=8)
def _self_costs(positions: int, events: int) -> re.Pattern[bytes]:
    """Matches a cost line and all lines of other kinds before it; never fails on whole lines.

    The group holds the costs with the blank before them. A line of an unknown kind is
    matched too: the group holds it without the blanks before it.
    """
    call = rb"%b\n%b" % (_CALL, _call_cost(positions, events))
    no_self_cost = rb"(?:(?:%b)=.*|%b|\#.*|)\n" % (_NAME, call)
    return re.compile(
        rb"(?:%b)*(?:(?:%b|[ \t]+)?(.*)\n|\Z)" % (no_self_cost, _positions(positions))
    )


def _unknown_line(line: bytes) -> str:
    if re.match(rb"[A-Za-z ]+:", line):
        return f"{shown(line)} before the totals: of the part; the part is truncated"
    return f"{shown(line)} is not a line of a callgrind profile"


def shown(text: bytes) -> str:
    """Returns the start of a text, quoted, for a message."""
    return repr(text[:60])[1:] + ("..." if len(text) > 60 else "")
