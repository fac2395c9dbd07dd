"""What the symbols of a file should be, computed independently of the code under test."""

from __future__ import annotations

import re
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

Row = tuple[int, int, str]


def expected(rows: list[Row]) -> list[Row]:
    """Steps 2 to 5 of the rules, one by one (spec: symbol-harvest 4.1)."""
    mapping = re.compile(r"\$[adtx](\..*)?", re.DOTALL)
    kept = [row for row in rows if row[2] and not mapping.fullmatch(row[2])]
    kept.sort(key=lambda row: row[0])
    result: list[Row] = []
    for i, (addr, size, name) in enumerate(kept):
        if size == 0 and i + 1 < len(kept):
            size = kept[i + 1][0] - addr
        elif size == 0:
            size = (addr + 4095) // 4096 * 4096 + 4096 - addr
        if size:
            result.append((addr, size, name))
    return result


def rows_of_readelf(text: str) -> list[Row]:
    """The entries of both tables as `readelf --symbols --wide` prints them, without versions."""
    line = re.compile(r" *[0-9]+: ([0-9a-f]+) +(0x[0-9a-f]+|[0-9]+) (\S+) +\S+ +\S+ +\S+ (.*)")
    tables: dict[str, list[Row]] = {}
    for one in text.splitlines():
        if one.startswith("Symbol table"):
            rows = tables.setdefault(one.split("'")[1], [])
        elif match := line.fullmatch(one):
            size = int(match[2], 16 if match[2].startswith("0x") else 10)
            # It shows the section's name, or a version, where the table has none.
            name = "" if match[3] == "SECTION" else match[4].split("@")[0].strip()
            rows.append((int(match[1], 16), size, name))
    return tables.get(".symtab", [])[1:] + tables.get(".dynsym", [])[1:]


def oracle(path: Path) -> list[Row]:
    """The entries of both tables as pyelftools reads them, `.symtab` first."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        tables = [one for one in elf.iter_sections() if isinstance(one, SymbolTableSection)]
        tables.sort(key=lambda table: table["sh_type"] != "SHT_SYMTAB")
        return [
            (one["st_value"], one["st_size"], one.name)
            for table in tables
            for one in list(table.iter_symbols())[1:]
        ]
