"""The same answer from other tools: pyelftools entry by entry, and binutils' addr2line."""

from __future__ import annotations

import subprocess
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile

from rules_codspeed.harvest.dwarf.files import joined

Place = tuple[str, int | None]


class _Row(NamedTuple):
    address: int
    file: int
    line: int


class Oracle:
    """All functions, inlined calls and rows of a file, decoded by pyelftools."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            dwarf = ELFFile(file).get_dwarf_info()  # type: Any
            self._lists = dwarf.range_lists()
            self._dwarf = dwarf
            self._units = [_Unit(self, cu) for cu in dwarf.iter_CUs()]

    def place(self, address: int) -> Place | None:
        """Returns the outermost location of an address."""
        for unit in self._units:
            if any(begin <= address < end for begin, end in unit.ranges):
                return unit.place(address)
        return None

    def ranges(self, die: Any) -> list[tuple[int, int]]:
        """Returns the ranges of an entry."""
        attributes = die.attributes
        if "DW_AT_ranges" in attributes:
            return self._listed(die, attributes["DW_AT_ranges"])
        if "DW_AT_low_pc" not in attributes or "DW_AT_high_pc" not in attributes:
            return []
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        return [(low, high.value if high.form == "DW_FORM_addr" else low + high.value)]

    def _listed(self, die: Any, attribute: Any) -> list[tuple[int, int]]:
        top = die.cu.get_top_DIE().attributes
        base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
        found = []
        for entry in self._lists.get_range_list_at_offset(attribute.value, cu=die.cu):
            if isinstance(entry, BaseAddressEntry):
                base = entry.base_address
            else:
                start = 0 if entry.is_absolute else base
                found.append((start + entry.begin_offset, start + entry.end_offset))
        return found

    @property
    def dwarf(self) -> Any:
        """The reader of pyelftools."""
        return self._dwarf


class _Unit:
    def __init__(self, oracle: Oracle, cu: Any) -> None:
        top = cu.get_top_DIE()
        self.ranges = oracle.ranges(top)
        self.functions: list[tuple[int, int, Any]] = []
        self.calls: dict[Any, list[tuple[int, int, Any]]] = {}
        self.oracle = oracle
        self.comp_dir = _text(top, "DW_AT_comp_dir")
        self.name = _text(top, "DW_AT_name")
        self._collect(top, None)
        self.functions.sort(key=lambda row: row[0])
        program = oracle.dwarf.line_program_for_CU(cu)
        self.header = program.header
        self.sequences = _sequences(program)

    def place(self, address: int) -> Place | None:
        for begin, end, function in self.functions:
            if begin <= address < end:
                for start, stop, call in self.calls.get(function.offset, []):
                    if start <= address < stop:
                        line = call.attributes["DW_AT_call_line"].value
                        return self._path(call.attributes["DW_AT_call_file"].value), line or None
        for rows, end in self.sequences:
            if rows and rows[0].address <= address < end:
                row = rows[bisect_right([one.address for one in rows], address) - 1]
                return self._path(row.file), row.line or None
        return None

    def _collect(self, die: Any, function: Any) -> None:
        """Walks the tree; `function` is the one whose own calls are looked for, if any."""
        for child in die.iter_children():
            inside = function
            if child.tag == "DW_TAG_subprogram":
                inside = child
                self.functions += [(*one, child) for one in self.oracle.ranges(child)]
            elif child.tag == "DW_TAG_inlined_subroutine":
                inside = None
                if function is not None:
                    calls = self.calls.setdefault(function.offset, [])
                    calls += [(*one, child) for one in self.oracle.ranges(child)]
            self._collect(child, inside)

    def _path(self, index: int) -> str:
        old = self.header.version < 5
        if old and not index:
            return joined(self.comp_dir, self.name)
        file = self.header.file_entry[index - old]
        path = self.comp_dir
        if file.dir_index:
            directory = self.header.include_directory[file.dir_index - old]
            path = joined(path, directory.decode())
        return joined(path, file.name.decode())


def _sequences(program: Any) -> list[tuple[list[_Row], int]]:
    found, rows = [], []  # type: list[tuple[list[_Row], int]], list[_Row]
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if state.end_sequence:
            found.append((rows, state.address))
            rows = []
        else:
            rows.append(_Row(state.address, state.file, state.line))
    return found


def _text(die: Any, name: str) -> str:
    attribute = die.attributes.get(name)
    value = attribute.value if attribute else b""
    assert isinstance(value, bytes)
    return value.decode()


def addr2line(path: Path, addresses: Iterable[int]) -> dict[int, Place | None]:
    """Returns the last line of the chain of inlined calls of each address."""
    asked = list(addresses)
    output = subprocess.run(
        ["addr2line", "-a", "-i", "-e", str(path), *(f"{one:#x}" for one in asked)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    chains = output.split("0x0")[1:] if output.startswith("0x0") else []
    assert len(chains) == len(asked)
    return {one: _place(chain.splitlines()[-1]) for one, chain in zip(asked, chains, strict=True)}


def _place(line: str) -> Place | None:
    file, _, number = line.partition(" (discriminator")[0].rpartition(":")
    if file == "??":
        return None
    return file, None if number in ("?", "0") else int(number)
