"""Which row of a line number table covers which of the wanted addresses.

Rows come in sequences, within which addresses only grow; a row holds up to the next one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from rules_codspeed.harvest.dwarf.damage import Damage
from rules_codspeed.harvest.dwarf.ranges import Range

_MOST_OVERLAPS = 8  # sequences at an address, on average
_MOST_SEQUENCES = 1 << 20


class Row(NamedTuple):
    """The content of a row: index of a file, and line; 0 when there is no line."""

    file: int
    line: int


class Rows:
    """Takes the rows of a program while it runs, and keeps those of wanted addresses.

    Attributes:
      sequences: begin and end of each, in the order of the program.
    """

    __slots__ = ("_found", "_left", "_mask", "_next", "_offset", "_start", "_wanted", "sequences")

    def __init__(self, wanted: list[int], mask: int, offset: int) -> None:
        """Makes an empty one.

        Args:
          wanted: the addresses, ascending.
          mask: the highest address.
          offset: of the program in `.debug_line`.
        """
        self._wanted = wanted[: bisect_right(wanted, mask)]
        self._mask = mask
        self._offset = offset
        self._left = _MOST_OVERLAPS * len(wanted) + 100_000
        self._start = -1
        self._next = 0
        # Wanted address -> begin and index of its sequence, and its row.
        self._found: dict[int, tuple[int, int, Row]] = {}
        self.sequences: list[Range] = []

    def begin(self, address: int) -> int:
        """Takes the first row of a sequence, as `go_on` does the others."""
        self._check(address)
        self._start = address
        self._next = bisect_left(self._wanted, address)
        return self._limit()

    def go_on(self, address: int, file: int, line: int) -> int:
        """Takes a row of a higher address.

        Args:
          address: of the row.
          file: of the row before.
          line: of the row before.

        Returns:
          The highest address up to which rows need not be passed on.

        Raises:
          Damage: the address is too high, or too many sequences overlap.
        """
        self._check(address)
        wanted, index, start = self._wanted, self._next, self._start
        end = bisect_left(wanted, address, index)
        row = (start, len(self.sequences), Row(file, line))
        for one in wanted[index:end]:
            other = self._found.get(one)
            if other is None or other[0] <= start:
                self._found[one] = row
        self._next = end
        self._left -= end - index
        if self._left < 0:
            raise Damage(".debug_line", self._offset, "sequences that overlap", "disjoint ones")
        return self._limit()

    def end(self, address: int, file: int, line: int) -> None:
        """Takes the end of a sequence; the arguments are those of `go_on`."""
        if self._start >= 0:
            self.go_on(address, file, line)
            self.sequences.append((self._start, address))
        self._start = -1
        if len(self.sequences) > _MOST_SEQUENCES:
            got = f"more than {_MOST_SEQUENCES} sequences"
            raise Damage(".debug_line", self._offset, got, "less")

    def result(self) -> dict[int, Row]:
        """Returns the rows by address; an address that no sequence covers has none."""
        order = sorted(range(len(self.sequences)), key=lambda index: self.sequences[index][0])
        begins = [self.sequences[index][0] for index in order]
        found = {}
        for address, (_, index, row) in self._found.items():
            # The last sequence that begins before is the one that counts.
            last = bisect_right(begins, address) - 1
            if last >= 0 and order[last] == index:
                found[address] = row
        return found

    def _limit(self) -> int:
        return self._wanted[self._next] if self._next < len(self._wanted) else self._mask

    def _check(self, address: int) -> None:
        if address > self._mask:
            raise Damage(".debug_line", self._offset, f"the address {address:#x}", "a lower one")
