"""Which object files a process had loaded, and where: from Valgrind's log.

Callgrind knows the object file of an address only in its section `.text`. Of other code, such as
the stubs by which libraries call each other, it writes the address, which moves with all that was
mapped before. With object and offset in its place a profile does not depend on that.

The lines are those of `--trace-redir=yes` (coregrind/m_debuginfo/readelf.c, coregrind/m_redir.c).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

_MOST_OBJECTS = 10_000
_LOADED = re.compile(
    rb"^--\d+-- Reading syms from (/.*)\n--\d+--    svma 0x(\w+), avma 0x(\w+)$", re.M
)
# What a program that was started, not forked, begins with.
_START = b"after VG_(redir_initialise)"
_TRACED = re.compile(
    rb"^--\d+-- (?:<<|>>|   (?:svma |TOPSPECS of |------ )|    .*-> \(|"
    rb"(?:Reading|Discarding|Archiving) syms |REDIR: |Adding ).*\n",
    re.MULTILINE,
)
# Callgrind's name of a function without one: `[PLT]` and the like may follow.
_ADDRESS = re.compile(rb"0x([0-9a-f]{16})((?: \[\w+\])?)")


class Loaded(NamedTuple):
    """An object file, and what was added to the addresses in it."""

    path: bytes
    bias: int


class LinkMap(NamedTuple):
    """What a process had loaded.

    Attributes:
      complete: whether all of it is there. A forked process states only what it loaded itself.
      objects: object files, in the order in which they were loaded.
    """

    complete: bool
    objects: list[Loaded]


def read_link_map(blocks: Iterable[bytes]) -> LinkMap:
    """Reads the log of one process, in blocks of whole lines."""
    objects: list[Loaded] = []
    complete, rest = False, b""
    for block in blocks:
        text = rest + block
        complete = complete or _START in text
        for found in _LOADED.finditer(text):
            if len(objects) < _MOST_OBJECTS:
                objects.append(Loaded(found[1], int(found[3], 16) - int(found[2], 16)))
        # Two lines belong together.
        last = text.rfind(b"\n", 0, len(text) - 1) + 1
        rest = text[last:] if b" syms from " in text[last:] else b""
    return LinkMap(complete, objects)


def without_trace(log: bytes) -> bytes:
    """Returns lines of a log without those that link maps are read from."""
    return _TRACED.sub(b"", log)


class Places:
    """Finds the object file of code that callgrind names by its address."""

    def __init__(self, maps: Iterable[LinkMap], shown: Callable[[bytes], bytes]) -> None:
        """Takes what may have been loaded.

        Args:
          maps: of the process, or of several of which one is its.
          shown: returns what a profile calls a path.
        """
        # Only here: a driver starts without what reads ELF files.
        from rules_codspeed.measure.stage.objects.elf import code_addresses

        self._code = [
            (range(code.start + one.bias, code.stop + one.bias), one)
            for one in {one for link_map in maps for one in link_map.objects}
            for code in code_addresses(os.fsdecode(one.path))
        ]
        self._shown = shown
        self._known: dict[bytes, tuple[bytes, bytes] | None] = {}

    def __call__(self, name: bytes) -> tuple[bytes, bytes] | None:
        """Returns object and name of a function that is named by its address.

        None if it is not, or if the code is of no file, such as code that was generated.
        """
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: bytes) -> tuple[bytes, bytes] | None:
        match = _ADDRESS.fullmatch(name)
        if not match:
            return None
        address = int(match[1], 16)
        found = {
            (self._shown(one.path), b"0x%016x%b" % (address - one.bias, match[2]))
            for code, one in self._code
            if address in code
        }
        # Several may have lain there at different times, or in different processes.
        return found.pop() if len(found) == 1 else None


def possible(pid: int, maps: Mapping[int, LinkMap]) -> list[LinkMap]:
    """Returns the link maps that may be those of a process, among all of a run by process id."""
    own = maps.get(pid)
    return [own] if own and own.complete else list(maps.values())
