"""Names of code by its address: the map that runtimes write for perf, and the harvest for a module.

Format: `<hex start> <hex size> <name>` a line (spec: simulation 9; symbol-harvest 4.4, 7).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_LINE = re.compile(rb"([0-9a-fA-F]{1,16}) +([0-9a-fA-F]{1,16}) (.*)")
_ADDRESS = re.compile(r"0x([0-9a-f]{1,16})")


class Symbol(NamedTuple):
    """A symbol: its address as the file states it, its size in bytes, its mangled name."""

    addr: int
    size: int
    name: str


def perf_map_name(pid: int) -> str:
    """Returns the name of the map of a process, or of the ordinal that stands for it."""
    return f"perf-{pid}.map"


def read_perf_map(text: bytes) -> Iterator[Symbol]:
    """Yields the functions of a map; lines that name none are skipped, as perf does.

    Address and size are in bytes; a name may hold spaces, and what is not UTF-8 in it is
    replaced.
    """
    for line in text.split(b"\n"):
        if match := _LINE.fullmatch(line):
            name = match[3].decode("utf-8", "replace")
            yield Symbol(int(match[1], 16), int(match[2], 16), name)


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


def parse_perf_map(text: bytes) -> PerfMap:
    """Reads a map; later code replaces earlier, and code without a name is none."""
    symbols: dict[int, Symbol] = {}
    for symbol in read_perf_map(text):
        # As files of other systems end their lines.
        name = symbol.name.lstrip(" ").partition("\r")[0]
        if name:
            symbols[symbol.addr] = symbol._replace(name=name)
    return PerfMap(symbols)
