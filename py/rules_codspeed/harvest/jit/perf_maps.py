"""Text maps of addresses to functions, such as `perf-<pid>.map` (spec: symbol-harvest 4.4, 7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules_codspeed.harvest.elf.symbols import Symbol

_LINE = re.compile(rb"([0-9a-fA-F]{1,16}) ([0-9a-fA-F]{1,16}) (.*)")


def perf_map_name(pid: int) -> str:
    """Returns the name of the map of a process."""
    return f"perf-{pid}.map"


def read_symbols_map(text: bytes) -> Iterator[Symbol]:
    """Yields the functions of a map; lines that name none are skipped, as perf does.

    Address and size are in bytes; a name may hold spaces, and what is no UTF-8 in it is
    replaced.
    """
    for line in text.split(b"\n"):
        if match := _LINE.fullmatch(line):
            name = match[3].decode("utf-8", "replace")
            yield Symbol(int(match[1], 16), int(match[2], 16), name)
