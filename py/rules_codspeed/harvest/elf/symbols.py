"""The symbols of a module as the official runner takes them (spec: symbol-harvest 4).

Whole columns of a table are decoded at once: a file has hundreds of thousands of entries.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Literal

from rules_codspeed.capture.elf.errors import ElfError
from rules_codspeed.capture.elf.file import ElfFile, Section
from rules_codspeed.contract.perf_map import Symbol

_SYMTAB = "SHT_SYMTAB"
_DYNSYM = "SHT_DYNSYM"

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_PAGE = 4096  # bytes
_LINES = 8192  # of a block of the map

# What a hostile file can make us hold: entries of a table, and bytes of names, many of
# which can be in the same place. Linkers let names share ends, but not much more.
_MOST_ENTRIES = 1 << 22
_NAMES_RATIO = 4
_NAMES_ALWAYS = 64 << 20  # bytes

_Row = tuple[int, int, str]


def read_symbols(elf: ElfFile, debug: ElfFile | None = None) -> list[Symbol]:
    """Returns the symbols of a module (spec: symbol-harvest 4.1).

    Args:
      elf: the module.
      debug: its separate debug file, whose symbols are added unless the module has one
        of that address and name (spec: symbol-harvest 4.2).

    Returns:
      In order of the address, symbols of one address in the order of the tables. None has
      size 0: a symbol without a size reaches up to the next. Empty when there are none.

    Raises:
      ElfError: one of the files is damaged.
    """
    rows = _table(elf, _SYMTAB) + _table(elf, _DYNSYM)
    if debug:
        known = {(addr, name) for addr, _, name in rows}
        added = _table(debug, _SYMTAB) + _table(debug, _DYNSYM)
        rows += [row for row in added if (row[0], row[2]) not in known]
    return _sized(rows) if rows else []


def _sized(rows: list[_Row]) -> list[Symbol]:
    """Returns symbols in order of the address, with a size for those that have none."""
    rows.sort(key=itemgetter(0))
    end = -(-rows[-1][0] // _PAGE) * _PAGE + _PAGE
    following = [addr for addr, _, _ in rows[1:]] + [end]
    return [
        Symbol(addr, size or after - addr, name)
        for (addr, size, name), after in zip(rows, following, strict=True)
        if size or after > addr
    ]


def addr_bounds(symbols: Sequence[Symbol]) -> tuple[int, int] | None:
    """Returns the lowest address and the highest end of some symbols; None when there are none."""
    if not symbols:
        return None
    low = min(symbol.addr for symbol in symbols)
    return low, min(_MASK, max(symbol.addr + symbol.size for symbol in symbols))


def symbols_map(symbols: Sequence[Symbol], bias: int = 0) -> Iterator[bytes]:
    """Writes the lines of a symbols map: address and size in hex, name (spec: symbol-harvest 4.4).

    Args:
      symbols: in the order of the lines.
      bias: added to each address; for the layout before v4.11.0 only.

    Yields:
      The map in blocks of whole lines. A line feed in a name becomes a space.
    """
    for start in range(0, len(symbols), _LINES):
        part = symbols[start : start + _LINES]
        if bias:
            part = [Symbol((one.addr + bias) & _MASK, one.size, one.name) for one in part]
        lines = [f"{addr:x} {size:x} {name}" for addr, size, name in part]
        text = "\n".join(lines)
        if text.count("\n") >= len(lines):
            text = "\n".join(line.replace("\n", " ") for line in lines)
        yield text.encode() + b"\n"


def _table(elf: ElfFile, kind: str) -> list[_Row]:
    """Returns address, size and name of the entries of the first table of a kind."""
    section = next((one for one in elf.sections if one.type == kind), None)
    if section is None:
        return []
    addrs, sizes, offsets = _columns(elf, section)
    names = _names(elf, section, offsets)
    return [row for row in zip(addrs, sizes, names, strict=True) if row[2]]


def _columns(elf: ElfFile, section: Section) -> tuple[array[int], array[int], array[int]]:
    """Returns st_value, st_size and st_name of the entries, without the null entry."""
    data = elf.data(section)
    entry = 24 if elf.is_64 else 16
    count = len(data) // entry
    if len(data) % entry or count > _MOST_ENTRIES:
        raise ElfError(
            elf.name,
            section.offset,
            f"section {section.name} of {len(data)} bytes",
            f"at most {_MOST_ENTRIES} entries of {entry} bytes",
        )
    words = _words(elf, data, "I")
    if not elf.is_64:
        return words[5::4], words[6::4], words[4::4]
    wide = _words(elf, data, "Q")
    return wide[4::3], wide[5::3], words[6::6]


def _words(elf: ElfFile, data: memoryview, code: Literal["I", "Q"]) -> array[int]:
    words = array(code)
    words.frombytes(data)
    if elf.little_endian != (sys.byteorder == "little"):
        words.byteswap()
    return words


def _names(elf: ElfFile, section: Section, offsets: array[int]) -> list[str]:
    """Returns the names at offsets of the string table; an empty one for what is dropped."""
    link = section.link
    if link >= len(elf.sections) or elf.sections[link].type != "SHT_STRTAB":
        raise ElfError(
            elf.name, section.offset, f"names in section {link}", "the index of a string table"
        )
    strings = elf.sections[link]
    # Latin-1 keeps the offsets; what is not ASCII is decoded by itself.
    text = str(elf.data(strings), "latin-1")
    text = text[: text.rfind("\0") + 1]
    ascii_only = text.isascii()
    room = _NAMES_ALWAYS + _NAMES_RATIO * len(text)
    find, end_of_text = text.find, len(text)
    names = []
    for offset in offsets:
        if offset >= end_of_text:
            names.append("")
            continue
        end = find("\0", offset)
        room -= end - offset
        if room < 0:
            raise ElfError(
                elf.name, strings.offset, "symbols whose names overlap", "names of their own"
            )
        name = text[offset:end]
        if not ascii_only and not name.isascii():
            name = _utf8(name)
        names.append("" if name[:1] == "$" and _is_mapping_symbol(name) else name)
    return names


def _utf8(name: str) -> str:
    try:
        return name.encode("latin-1").decode()
    except UnicodeDecodeError:
        return ""


def _is_mapping_symbol(name: str) -> bool:
    """Returns whether an Arm assembler made the symbol to mark code and data."""
    return name[1:2] in ("a", "d", "t", "x") and name[2:3] in ("", ".")
