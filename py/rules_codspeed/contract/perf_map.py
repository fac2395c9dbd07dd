"""Names of code by its address: the map that runtimes write for perf, and the harvest for a module.

Format: `<hex start> <hex size> <name>` a line (spec: simulation 9; symbol-harvest 4.4, 7).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

_LINE = re.compile(rb"^([0-9a-fA-F]{1,16}) +([0-9a-fA-F]{1,16}) (.*)$", re.MULTILINE)
_MOST = 1 << 22  # functions, as of a table of symbols
_ADDRESS = re.compile(r"0x([0-9a-f]{1,16})")


class Symbol(NamedTuple):
    """A symbol: its address as the file states it, its size in bytes, its mangled name."""

    addr: int
    size: int
    name: str


def perf_map_name(pid: int) -> str:
    """Returns the name of the map of a process, or of the ordinal that stands for it."""
    return f"perf-{pid}.map"


def read_perf_map(text: bytes, name: object = "a map of generated code") -> Iterator[Symbol]:
    """Yields the functions of a map; lines that name none are skipped, as perf does.

    Address and size are in bytes; a name may hold spaces, and what is not UTF-8 in it is
    replaced.

    Args:
      text: content of the map.
      name: of its file, for people.

    Raises:
      CodSpeedError: it names more functions than fit into memory.
    """
    for number, match in enumerate(_LINE.finditer(text)):
        if number == _MOST:
            raise CodSpeedError(
                f"{name} names too many functions",
                got=f"more than {_MOST:,}",
                expected="those of one process",
                fix="measure again, with less code that is generated",
            )
        called = match[3].decode("utf-8", "replace")
        yield Symbol(int(match[1], 16), int(match[2], 16), called)


class PerfMap:
    """The names of the functions that callgrind calls by their address."""

    __slots__ = ("_starts", "_symbols")

    def __init__(self, symbols: dict[int, Symbol]) -> None:
        """Starts with functions by their address."""
        self._starts = sorted(symbols)
        self._symbols = symbols

    def name(self, function: str) -> str:
        """Returns the name of a function that is called by its address, as callgrind does."""
        address = _ADDRESS.fullmatch(function)
        if not address:
            return function
        at = int(address[1], 16)
        before = bisect_right(self._starts, at) - 1
        if before < 0:
            return function
        symbol = self._symbols[self._starts[before]]
        return symbol.name if at < symbol.addr + symbol.size else function


def parse_perf_map(text: bytes, name: object = "a map of generated code") -> PerfMap:
    """Reads a map; later code replaces earlier, and code without a name is none.

    Args:
      text: content of the map.
      name: of its file, for people.

    Raises:
      CodSpeedError: it names more functions than fit into memory.
    """
    symbols: dict[int, Symbol] = {}
    for symbol in read_perf_map(text, name):
        # As files of other systems end their lines.
        called = symbol.name.lstrip(" ").partition("\r")[0]
        if called:
            symbols[symbol.addr] = symbol._replace(name=called)
    return PerfMap(symbols)
