"""Where the symbols of a module come from: file and line (spec: symbol-harvest 6)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from rules_codspeed.capture.elf.file import ElfFile
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.harvest.dwarf.damage import Warnings
from rules_codspeed.harvest.dwarf.lookup import Lookup
from rules_codspeed.harvest.dwarf.sections import read_sections

_MASK = 0xFFFF_FFFF_FFFF_FFFF


class DebugInfo(NamedTuple):
    """A symbol, and where the outermost function at its address comes from.

    Attributes:
      addr: address as the file states it.
      size: bytes.
      name: mangled.
      file: path of the source file.
      line: in that file; None when the compiler gave none.
    """

    addr: int
    size: int
    name: str
    file: str
    line: int | None


def read_debug_info(
    elf: ElfFile, symbols: Sequence[Symbol], warnings: list[str] | None = None
) -> list[DebugInfo]:
    """Returns the debug information of symbols.

    Args:
      elf: the file that has the debug information: the module, or its separate debug file.
      symbols: of the module.
      warnings: takes a few sentences about what had to be skipped, for the log.

    Returns:
      One for each symbol that has a location with a file, in order of the address, those of
      one address in the order of `symbols`. Empty when the file has no debug information.

    Raises:
      DamagedFile: none of its debug information can be read.
      ElfError: the same, because a section cannot be read.
    """
    skipped = Warnings()
    sections = read_sections(elf, skipped)
    lookup = Lookup(sections, skipped)
    locations = lookup.locate(symbol.addr for symbol in symbols)
    if skipped.first and not lookup.units:
        first = skipped.first
        raise DamagedFile(
            f"{elf.name}, section {first.section}", first.offset, first.got, first.expected
        )
    if warnings is not None:
        warnings += [f"{elf.name}: {sentence}" for sentence in skipped.sentences()]
    infos = [
        DebugInfo(symbol.addr, symbol.size, symbol.name, *locations[symbol.addr])
        for symbol in symbols
        if symbol.addr in locations
    ]
    return sorted(infos, key=attrgetter("addr"))


def bounds(infos: Sequence[DebugInfo]) -> tuple[int, int] | None:
    """Returns the lowest address and the highest end; None when there are none."""
    if not infos:
        return None
    low = min(info.addr for info in infos)
    return low, min(_MASK, max(info.addr + info.size for info in infos))
