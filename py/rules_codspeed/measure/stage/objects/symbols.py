"""Where the functions of a program are. Format: System V ABI, chapter 4, for 64 bits."""

from __future__ import annotations

import contextlib
import mmap
import re
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules_codspeed.measure.stage.objects.elf import DAMAGE, sections

_ET_DYN = 3
_ENTRY = 24  # bytes of a symbol
_VALUE_AT = 8
_STT_FUNC = 2
_NAME = re.compile(rb"[\w.$]+")  # of C, and what compilers add to it


class Functions(NamedTuple):
    """Functions of one program.

    Attributes:
      addresses: by symbol, as the file has it.
      relocated: whether the loader adds the place of the program to them (PIE).
    """

    addresses: dict[str, int]
    relocated: bool


def find_functions(path: str, symbols: Iterable[str]) -> Functions:
    """Finds functions by their symbols; those that are not in the program are left out.

    Raises:
      OSError: the file cannot be read.
    """
    found = _table(path)
    if not found:
        return Functions({}, False)
    return Functions(_addresses(found.symbols, found.names, symbols), found.relocated)


def function_names(path: str) -> Iterator[str]:
    """Yields the names of the functions that a program's symbol table states.

    Raises:
      OSError: the file cannot be read.
    """
    found = _table(path)
    if not found:
        return
    whole = len(found.symbols) // _ENTRY * _ENTRY
    for at, kind in struct.iter_unpack("<IB19x", found.symbols[:whole]):
        if kind & 15 == _STT_FUNC:
            name = found.names[at : found.names.find(b"\0", at)]
            if _NAME.fullmatch(name):
                yield name.decode("ascii")


class _Table(NamedTuple):
    """The symbol table of a program, and whether the loader moves it."""

    symbols: bytes
    names: bytes
    relocated: bool


def _table(path: str) -> _Table | None:
    """Returns the table; None where the program is stripped or damaged."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        with contextlib.suppress(*DAMAGE, ValueError):
            if data[:6] == b"\x7fELF\x02\x01":
                relocated = struct.unpack_from("<H", data, 16) == (_ET_DYN,)
                content = {
                    one.name: data[one.offset : one.offset + one.size]
                    for one in sections(data)
                    if one.name in (b".symtab", b".strtab")
                }
                if len(content) == 2:
                    return _Table(content[b".symtab"], content[b".strtab"], relocated)
        return None


def _addresses(table: bytes, strings: bytes, symbols: Iterable[str]) -> dict[str, int]:
    found = {}
    for symbol in symbols:
        name = strings.find(b"\0%b\0" % symbol.encode()) + 1
        at = table.find(struct.pack("<I", name)) if name else -1
        while at >= 0 and at % _ENTRY:
            at = table.find(struct.pack("<I", name), at + 1)
        if at >= 0:
            (value,) = struct.unpack_from("<Q", table, at + _VALUE_AT)
            if value:
                found[symbol] = value
    return found
