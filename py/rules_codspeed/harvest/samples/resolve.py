"""Functions of runtime addresses, looked up in a finished profile as its consumers do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import attrgetter
from pathlib import Path

from rules_codspeed.contract.perf_map import Symbol, perf_map_name, read_perf_map
from rules_codspeed.harvest.samples.profile_metadata import ProfileMetadata, read_metadata

_MASK = (1 << 64) - 1


class Resolver:
    """Looks addresses up in the maps of a profile folder of any version.

    Maps are read when an address first needs them.

    Attributes:
      metadata: of the profile.
    """

    __slots__ = ("_keyed", "_names", "_profile", "_tables", "metadata")

    def __init__(self, profile: Path) -> None:
        """Reads the metadata.

        Raises:
          CodSpeedError: there is none that can be used.
          OSError: it cannot be read.
        """
        self.metadata: ProfileMetadata = read_metadata(profile)
        self._profile = profile
        self._keyed: dict[str, _Table] = {}
        self._tables: dict[int, list[tuple[_Table, int]]] = {}
        self._names: dict[tuple[int, int], list[str]] = {}

    def name(self, pid: int, address: int) -> str | None:
        """Returns the function at a runtime address of a process, or None.

        If a function has several names, the one with the fewest leading underscores is chosen,
        then the longest, as by perf.

        Raises:
          OSError: a map cannot be read.
        """
        return min(self.names(pid, address), key=_rank, default=None)

    def names(self, pid: int, address: int) -> list[str]:
        """Returns all names of the function at a runtime address: those that start last.

        Raises:
          OSError: a map cannot be read.
        """
        known = self._names.get((pid, address))
        if known is None:
            found = [
                (start + bias, names)
                for table, bias in self._tables_of(pid)
                for start, names in table.find((address - bias) & _MASK)
            ]
            last = max((start for start, _ in found), default=0)
            known = [name for start, names in found if start == last for name in names]
            self._names[pid, address] = known
        return known

    def ignored(self, pid: int, address: int) -> bool:
        """Returns whether an address is in a module to fold away, such as an interpreter."""
        modules = self.metadata.ignored.get(pid, self.metadata.ignored_everywhere)
        return any(start <= address < end for _, start, end in modules)

    def _tables_of(self, pid: int) -> list[tuple[_Table, int]]:
        tables = self._tables.get(pid)
        if tables is None:
            tables = [
                (self._table(f"{key}.symbols.map"), bias)
                for key, bias in self.metadata.symbols.get(pid, ())
            ]
            tables.append((self._table(perf_map_name(pid)), 0))
            self._tables[pid] = tables
        return tables

    def _table(self, name: str) -> _Table:
        table = self._keyed.get(name)
        if table is None:
            file = self._profile / name
            text = file.read_bytes() if file.is_file() else b""
            table = self._keyed[name] = _Table(read_perf_map(text, file))
        return table


class _Table:
    """Symbols by address; they may lie within each other."""

    __slots__ = ("_ends", "_starts", "_symbols")

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._symbols: Sequence[Symbol] = sorted(symbols, key=attrgetter("addr"))
        self._starts = [symbol.addr for symbol in self._symbols]
        # The highest end so far: if it is too low, no earlier symbol reaches the address.
        ends = (symbol.addr + symbol.size for symbol in self._symbols)
        self._ends = list(accumulate(ends, max))

    def find(self, address: int) -> list[tuple[int, list[str]]]:
        """Returns start and names of the innermost function at an address, or nothing."""
        at = bisect_right(self._starts, address) - 1
        names: list[str] = []
        start = -1
        while at >= 0 and self._ends[at] > address:
            symbol = self._symbols[at]
            if names and symbol.addr != start:
                break
            if symbol.addr + symbol.size > address:
                start = symbol.addr
                names.append(symbol.name)
            at -= 1
        return [(start, names)] if names else []


def _rank(name: str) -> tuple[int, int, str]:
    return len(name) - len(name.lstrip("_")), -len(name), name
