"""Brings the heap of glibc's malloc into a state that does not depend on earlier allocations.

How far an allocator searches depends on the holes that earlier work left: a line more in a file of
benchmarks moved the instructions of others by up to 4 %. So all holes are filled, from the largest
to the smallest, and what follows is allocated from fresh memory. Where the allocator is another
one, that fills nothing and does no harm. Runs in the interpreter that is measured: imports nothing
of the driver.

Sizes and order: malloc/malloc.c of glibc. It adds 8 bytes to a block, and rounds up to 16.
"""

from __future__ import annotations

import gc
import sys

_MOST = 100_000  # blocks
# Bytes of blocks: larger ones are found by the best fit, smaller ones are kept apart by size. From
# 128 KiB on each is mapped by itself.
_SIZES = (*(120_000 >> times for times in range(7)), *range(1040, 16, -16))
_OWN, _UNIT = 8, 16  # bytes that malloc adds, and rounds up to
_HEADER = sys.getsizeof(b"")  # bytes
# Where the first block lies in memory that malloc maps, which is behind all that it has.
_PAGE, _FIRST = 4096, 16
_LARGEST_HOLE = 300_000  # bytes; an estimate
_NEAR = 4096  # bytes; numbers of this module may lie between two blocks

# What fills holes stays.
_fillers: list[_Filler] = []


class _Filler:
    """Fills holes with blocks, which are kept for good."""

    def __init__(self) -> None:
        # Made at once: one that grows leaves holes.
        self._kept: list[object] = [None] * _MOST
        self._count = 0
        # Addresses behind the last block, and behind the last one that lies in no hole.
        self._end = self._fresh = 0
        self._row = 0  # bytes of blocks that lie in a row
        self._is_mapped = False  # whether malloc mapped memory for the last block

    def fill(self, size: int) -> None:
        """Takes blocks of a size until one does not fit into any hole."""
        while not self._take(size):
            pass

    def begin(self) -> None:
        """Takes large blocks until malloc maps memory, so that as much of it is left each time.

        It maps some for two of them; from a heap that grows in one piece it never does.
        """
        for _ in range(3):
            self.fill(_SIZES[0])
            if self._is_mapped:
                return

    def _take(self, size: int) -> bool:
        """Takes a block; returns whether it lies in no hole, or no more can be kept."""
        if self._count == _MOST:
            return True
        block = b"x" * (size - _OWN - _HEADER) if size > 2 * _UNIT else object()
        self._kept[self._count] = block
        self._count += 1
        address, size = id(block), (size + _UNIT - 1) // _UNIT * _UNIT
        self._row = self._row + size if 0 <= address - self._end < _NEAR else 0
        self._end = address + size
        beyond = address - self._fresh
        self._is_mapped = beyond > 0 and address % _PAGE == _FIRST
        is_fresh = 0 <= beyond < _NEAR or self._is_mapped or self._row > _LARGEST_HOLE
        if is_fresh:
            self._fresh = self._end
        return is_fresh


def level_heap() -> None:
    """Fills all holes."""
    gc.collect()
    # What there is now is not looked at again: that would take as long as there are tests.
    gc.freeze()
    filler = _Filler()
    _fillers.append(filler)
    # First all holes; then the one that the beginning of other memory leaves.
    for _ in range(2):
        filler.begin()
        for size in _SIZES[1:]:
            filler.fill(size)
