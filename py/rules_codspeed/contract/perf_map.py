"""Names of generated code, by its address: the map that runtimes write for perf.

Format: `<hex start> <hex size> <name>` a line (spec: simulation 9).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_ENTRY = re.compile(rb"^([0-9a-fA-F]{1,16}) +([0-9a-fA-F]{1,16}) +([^\r\n]+)", re.MULTILINE)
_ADDRESS = re.compile(r"0x([0-9a-f]{1,16})")


@dataclass(frozen=True, slots=True)
class PerfMap:
    """Code by address, ascending.

    Attributes:
      starts: first address of each.
      ends: address behind each.
      names: of each.
    """

    starts: list[int]
    ends: list[int]
    names: list[str]

    def name(self, function: str) -> str:
        """Returns the name of a function that is called by its address, as callgrind does."""
        address = _ADDRESS.fullmatch(function)
        if not address:
            return function
        at = int(address[1], 16)
        before = bisect_right(self.starts, at) - 1
        return self.names[before] if before >= 0 and at < self.ends[before] else function


def parse_perf_map(text: bytes) -> PerfMap:
    """Reads a map; lines of another form are skipped, and later code replaces earlier."""
    entries: dict[int, tuple[int, str]] = {}
    for start, size, name in _ENTRY.findall(text):
        entries[int(start, 16)] = (int(size, 16), name.decode("utf-8", "replace"))
    starts = sorted(entries)
    return PerfMap(
        starts,
        [start + entries[start][0] for start in starts],
        [entries[start][1] for start in starts],
    )
