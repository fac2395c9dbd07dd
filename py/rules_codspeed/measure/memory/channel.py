"""The channel that events of measured processes come through, and the library that folds them.

The library and its counterpart, which is preloaded into the processes, are built from rules/memory;
channel.h there is the format of both.
"""

from __future__ import annotations

import ctypes
import os
from enum import IntEnum
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError

PRELOADED = "codspeed_memory.so"
"""Name of the preloaded library, by which it knows itself in LD_PRELOAD."""
VARIABLE = "CODSPEED_MEMORY_CHANNEL"

# Events of 64 bytes, a power of two. Many: on a busy machine program and driver take turns.
_CAPACITY = 1 << 18
_ADDRESS_BITS = 32
_FRAME_BITS = 13 + _ADDRESS_BITS
PYTHON_PLACE = b"*"
"""Begins the text of a place that is a function of Python."""
_BLOCK = 1 << 20  # bytes of records that are taken at once
MOST_NOTES = 64
"""Notes that there is room for."""


class Mark(IntEnum):
    """What the driver, or the library in the program, puts between the program's events."""

    NONE = 0
    START = 32
    STOP = 33
    NAME = 34
    END = 35
    REPORT = 36
    SYNC = 37


class Opener(IntEnum):
    """Who opens windows: `enum regions` of channel.h."""

    DRIVER = 0
    GOOGLE_BENCHMARK = 1
    CLOCK = 2


class Detail(IntEnum):
    """Which allocations have a call stack: `enum detail` of channel.h."""

    NONE = 0
    SAMPLED = 1
    FULL = 2


class Weight(NamedTuple):
    """What was allocated by a call stack: its node, bytes, and how often."""

    node: int
    total: int
    calls: int


class Node(NamedTuple):
    """A node of the tree of call stacks: the caller's node or 0, a place, and an address in it."""

    caller: int
    place: int
    address: int


class Totals(NamedTuple):
    """What one benchmark allocated, in bytes except for `calls`.

    Attributes:
      peak: bytes that were live at most, of those that were allocated in its windows.
      total: sum of all sizes.
      calls: allocations.
      largest: the largest size.
      live: bytes that were not freed when the benchmark was named, after its last window.
    """

    peak: int
    total: int
    calls: int
    largest: int
    live: int


class Timeline(NamedTuple):
    """How many bytes of one benchmark were live, over the calls of the allocator in its windows.

    Attributes:
      step: how many calls a step has; the last step may have fewer.
      live: bytes that were live at most in each step, after a call.
    """

    step: int
    live: list[int]


class Note(NamedTuple):
    """A process whose calls cannot be seen.

    Attributes:
      reason: number of `enum reason` of channel.h.
      process: its id.
      program: path of its program.
      detail: the symbol, library or variable that it is about.
    """

    reason: int
    process: int
    program: str
    detail: str


class _Totals(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in Totals._fields]


class _Note(ctypes.Structure):
    _fields_ = [
        ("reason", ctypes.c_uint32),
        ("process", ctypes.c_uint32),
        ("program", ctypes.c_char * 200),
        ("detail", ctypes.c_char * 48),
    ]


class FoldLibrary:
    """The library, loaded."""

    def __init__(self, path: str) -> None:
        """Loads it.

        Raises:
          CodSpeedError: this interpreter cannot load it.
        """
        try:
            self.library = ctypes.CDLL(os.path.abspath(path), use_errno=True)
        except OSError as error:
            raise CodSpeedError(
                "the library that folds allocations cannot be loaded",
                got=str(error),
                expected="a C toolchain that builds for the machine and the libc of the Python "
                "that measures",
                fix="register such a C toolchain for the execution platform",
            ) from error
        library, reader = self.library, ctypes.c_void_p
        self._declare("memory_open", reader, ctypes.c_char_p, ctypes.c_uint64)
        self._declare("memory_close", None, reader)
        self._declare("memory_mark", None, reader, ctypes.c_uint32)
        self._declare("memory_detail", None, reader, ctypes.c_uint32)
        sums = ctypes.POINTER(ctypes.c_uint64)
        self._declare("memory_weight", ctypes.c_uint32, reader, ctypes.c_uint32, sums, sums)
        self._declare("memory_node", ctypes.c_uint64, reader, ctypes.c_uint32)
        self._declare("memory_place", ctypes.c_char_p, reader, ctypes.c_uint32)
        self._declare("memory_let_open", None, reader, ctypes.c_uint32)
        out = ctypes.POINTER(ctypes.c_uint32)
        self._declare("memory_fold", ctypes.c_size_t, reader, ctypes.c_void_p, ctypes.c_size_t, out)
        for name in ("memory_time", "memory_lost", "memory_notes_then", "memory_running_then"):
            self._declare(name, ctypes.c_uint64, reader)
        for name in ("memory_notes", "memory_programs", "memory_runtimes"):
            self._declare(name, ctypes.c_uint32, reader)
        live = ctypes.POINTER(ctypes.c_uint64)
        self._declare("memory_timeline", live, reader, ctypes.POINTER(ctypes.c_uint64), out)
        library.memory_totals.restype = ctypes.POINTER(_Totals)
        library.memory_totals.argtypes = [reader]
        library.memory_note.restype = ctypes.POINTER(_Note)
        library.memory_note.argtypes = [reader, ctypes.c_uint32]

    def _declare(self, name: str, result: object, *arguments: object) -> None:
        function = getattr(self.library, name)
        function.restype = result
        function.argtypes = list(arguments)


class Channel:
    """A channel that is read.

    Attributes:
      path: of the file that processes map.
    """

    def __init__(self, library: FoldLibrary, path: str, capacity: int = _CAPACITY) -> None:
        """Makes it.

        Raises:
          CodSpeedError: its file cannot be made.
        """
        self.path = path
        self._library = library.library
        self._reader = self._library.memory_open(os.fsencode(path), capacity)
        if not self._reader:
            raise CodSpeedError(
                "the file that carries allocations cannot be made",
                got=f"{path}: {os.strerror(ctypes.get_errno())}",
                expected="a file system with 21 MB of space",
                fix="free space on that file system",
            )
        self._block = ctypes.create_string_buffer(_BLOCK)
        self._mark = ctypes.c_uint32()

    def mark(self, mark: Mark) -> None:
        """Puts a mark behind all events so far; it may be called from any thread."""
        self._library.memory_mark(self._reader, mark)

    def look_for(self, detail: Detail) -> None:
        """Chooses which allocations of programs that begin from now on have a call stack."""
        self._library.memory_detail(self._reader, detail)

    def weights(self) -> list[Weight]:
        """Returns what the windows before the last `Mark.NAME` allocated, by call stack.

        Node 0 is what has none. They add up to the totals, unless no stack was looked for.
        """
        total, calls = ctypes.c_uint64(), ctypes.c_uint64()
        found: list[Weight] = []
        node = 0
        while True:
            node = int(
                self._library.memory_weight(
                    self._reader, node, ctypes.byref(total), ctypes.byref(calls)
                )
            )
            if not calls.value:
                return found
            found.append(Weight(node, total.value, calls.value))
            node += 1

    def node(self, number: int) -> Node:
        """Returns a node of the tree of call stacks."""
        key = int(self._library.memory_node(self._reader, number))
        frame = key & ((1 << _FRAME_BITS) - 1)
        return Node(key >> _FRAME_BITS, frame >> _ADDRESS_BITS, frame & ((1 << _ADDRESS_BITS) - 1))

    def place(self, number: int) -> bytes:
        """Returns the path of a file, or what `PYTHON_PLACE` begins."""
        return bytes(self._library.memory_place(self._reader, number) or b"")

    def let_open(self, opener: Opener) -> None:
        """Chooses who opens windows in the program that begins next."""
        self._library.memory_let_open(self._reader, opener)

    def fold(self) -> tuple[memoryview, Mark]:
        """Folds events up to a mark, or as many as fill a block of records.

        Returns:
          Records, which the next call replaces, and the mark.
        """
        size = self._library.memory_fold(
            self._reader, self._block, _BLOCK, ctypes.byref(self._mark)
        )
        return memoryview(self._block)[:size], Mark(self._mark.value)

    def time(self) -> int:
        """Returns the time of the last mark: nanoseconds in which a call takes a thousand."""
        return int(self._library.memory_time(self._reader))

    def notes_then(self) -> tuple[int, int]:
        """Returns what a program knew when it put the last mark that was folded.

        Returns:
          How many notes there were, and 1 more than the number of the first whose process ran; 0
          if none did.
        """
        library = self._library
        return (
            int(library.memory_notes_then(self._reader)),
            int(library.memory_running_then(self._reader)),
        )

    def totals(self) -> Totals:
        """Returns those of the windows before the last `Mark.NAME`."""
        found = self._library.memory_totals(self._reader).contents
        return Totals(*(getattr(found, name) for name in Totals._fields))

    def timeline(self) -> Timeline:
        """Returns that of the windows before the last `Mark.NAME`."""
        step, count = ctypes.c_uint64(), ctypes.c_uint32()
        live = self._library.memory_timeline(self._reader, ctypes.byref(step), ctypes.byref(count))
        return Timeline(step.value, live[: count.value])

    def lost(self) -> int:
        """Returns how many events were lost because their writers were killed."""
        return int(self._library.memory_lost(self._reader))

    def programs(self) -> int:
        """Returns how many programs have begun with the preloaded library, in windows or not."""
        return int(self._library.memory_programs(self._reader))

    def runtimes(self) -> list[str]:
        """Returns the runtimes among them that have heaps which are not counted."""
        return ["node"] if self._library.memory_runtimes(self._reader) & 1 else []

    def noted(self) -> int:
        """Returns how many processes so far have calls that cannot be seen."""
        return int(self._library.memory_notes(self._reader))

    def notes(self, since: int = 0) -> list[Note]:
        """Returns these processes, as many as there is room for.

        Args:
          since: how many of the first are left out.
        """
        found = []
        for number in range(since, min(self.noted(), MOST_NOTES)):
            if note := self._library.memory_note(self._reader, number):
                one = note.contents
                texts = (text.decode("utf-8", "replace") for text in (one.program, one.detail))
                found.append(Note(one.reason, one.process, *texts))
        return found

    def close(self) -> None:
        """Unmaps it; nothing else may be called after this."""
        self._library.memory_close(self._reader)
