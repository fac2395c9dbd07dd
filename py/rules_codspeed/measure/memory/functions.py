"""Functions at addresses of object files, by their symbol tables (System V ABI, chapter 4)."""

from __future__ import annotations

import contextlib
import mmap
import struct
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from rules_codspeed.measure.stage.objects.elf import DAMAGE, Section, sections

_SYMBOL = struct.Struct("<IBBHQQ")  # of 64 bits, as the preloaded library is built
_TABLES = ((b".symtab", b".strtab"), (b".dynsym", b".dynstr"))
_FUNCTIONS = (2, 10)  # STT_FUNC, STT_GNU_IFUNC
_UNDEFINED = 0  # SHN_UNDEF
_LONGEST = 4096  # bytes of a name that are kept


class _Function(NamedTuple):
    start: int
    size: int
    name: str


class Functions:
    """Those of one file; of one that cannot be read there are none."""

    def __init__(self, path: str) -> None:
        found: dict[int, _Function] = {}
        with (
            contextlib.suppress(OSError, ValueError, *DAMAGE),
            open(path, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            tables = {one.name: one for one in sections(data)}
            for table, names in _TABLES:
                if table in tables and names in tables:
                    for one in _functions(data, tables[table], tables[names]):
                        known = found.get(one.start)
                        if known is None or _rank(one.name) < _rank(known.name):
                            found[one.start] = one
        self._functions = sorted(found.values())
        self._starts = [one.start for one in self._functions]

    def name(self, address: int) -> str:
        """Returns the mangled name of the function at an address; empty where none is known."""
        at = bisect_right(self._starts, address) - 1
        if at < 0:
            return ""
        found = self._functions[at]
        return found.name if address - found.start < found.size or not found.size else ""


def _functions(data: mmap.mmap, table: Section, names: Section) -> Iterator[_Function]:
    content = data[table.offset : table.offset + table.size]
    content = content[: len(content) // _SYMBOL.size * _SYMBOL.size]
    for name, info, _, section, start, size in _SYMBOL.iter_unpack(content):
        if info & 0xF in _FUNCTIONS and section != _UNDEFINED:
            at = names.offset + name
            text = data[at : at + _LONGEST].partition(b"\0")[0]
            yield _Function(start, size, text.decode("utf-8", "replace"))


def _rank(name: str) -> tuple[int, int, str]:
    """As in the harvest of walltime: fewest leading underscores, then the longest."""
    return len(name) - len(name.lstrip("_")), -len(name), name
