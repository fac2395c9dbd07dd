"""What must be known about an executable before it runs. Format: System V ABI, chapters 4, 5."""

from __future__ import annotations

import contextlib
import mmap
import os
import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

PT_LOAD = 1
PT_INTERP = 3
PT_NOTE = 4
_EXECUTABLE = 1  # of p_flags
_MOST_HEADERS = 1 << 10
# Headers lie at the beginning, as all linkers write them.
_BEGINNING = 1 << 16  # bytes
_MACHINES = {62: "x86_64", 183: "aarch64"}
_DEBUG_SECTIONS = (b".debug_info", b".zdebug_info")
_LONGEST_NAME = 64  # bytes

DAMAGE = (struct.error, IndexError, OverflowError)
"""What reading beyond the end of a file raises, or at an offset that no file has."""


class Segment(NamedTuple):
    """A program header.

    Attributes:
      kind: its type.
      offset: in bytes of the file.
      size: likewise.
      align: likewise.
      code: the addresses of code in memory, without what the loader adds; empty for data.
    """

    kind: int
    offset: int
    size: int
    align: int
    code: range


class Section(NamedTuple):
    """A section header: name, flags, and offset and size in bytes of the file."""

    name: bytes
    flags: int
    offset: int
    size: int


class Elf(NamedTuple):
    """Facts about an ELF file.

    Attributes:
      machine: as `uname -m` prints it, or `machine <number>`.
      static: whether no dynamic loader runs it, so that nothing can be preloaded.
      debug_info: whether it holds DWARF debug information.
    """

    machine: str
    static: bool
    debug_info: bool


def read_elf(path: str) -> Elf | None:
    """Reads an executable; None if it is not an ELF file but, for example, a script.

    Raises:
      OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _facts(data)
            except DAMAGE:
                return None


def code_addresses(path: str) -> list[range]:
    """Returns where the code of an object file lies, without what the loader adds.

    Nothing for what is no such file, or cannot be read: a measured program may have named it.
    """
    with contextlib.suppress(OSError, ValueError, struct.error, IndexError):
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            if stat.S_ISREG(os.fstat(file).st_mode):
                return [one.code for one in segments(os.pread(file, _BEGINNING, 0)) if one.code]
        finally:
            os.close(file)
    return []


def segments(data: mmap.mmap | bytes) -> Iterator[Segment]:
    """Yields the segments of an ELF file; none if it is another file.

    Raises:
      struct.error, IndexError, OverflowError: it is damaged.
    """
    if data[:4] != b"\x7fELF":
        return
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    # e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum
    header = struct.unpack_from(order + ("QQIHHH" if wide else "IIIHHH"), data, 32 if wide else 28)
    # p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align; in 32 bits p_flags
    # is the last but one.
    form = order + ("IIQQQQQQ" if wide else "IIIIIIII")
    for i in range(min(header[5], _MOST_HEADERS)):
        one = struct.unpack_from(form, data, header[0] + i * header[4])
        kind, offset, address, _, size, in_memory = (
            (one[0], *one[2:7]) if wide else (one[0], *one[1:6])
        )
        flags = one[1 if wide else 6]
        is_code = kind == PT_LOAD and flags & _EXECUTABLE
        code = range(address, address + in_memory) if is_code else range(0)
        yield Segment(kind, offset, size, one[7], code)


def sections(data: mmap.mmap) -> Iterator[Section]:
    """Yields the sections of an ELF file; none if it is another file, or stripped of them.

    Raises:
      struct.error, IndexError, OverflowError: it is damaged.
    """
    if data[:4] != b"\x7fELF":
        return
    wide, order = data[4] == 2, "<" if data[5] == 1 else ">"
    # e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    header = struct.unpack_from(
        order + ("QIHHHHHH" if wide else "IIHHHHHH"), data, 40 if wide else 32
    )
    start, *_, size, count, names = header
    if not start:
        return
    # sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size
    form = order + ("IIQQQQ" if wide else "IIIIII")
    strings = struct.unpack_from(form, data, start + names * size)[4]
    for i in range(count):
        name, _, flags, _, offset, length = struct.unpack_from(form, data, start + i * size)
        at = strings + name
        text = data[at : at + _LONGEST_NAME].partition(b"\0")[0]
        yield Section(text, flags, offset, length)


def _facts(data: mmap.mmap) -> Elf:
    order = "<" if data[5] == 1 else ">"
    (machine,) = struct.unpack_from(order + "H", data, 18)
    found = any(one.name in _DEBUG_SECTIONS for one in sections(data))
    static = all(one.kind != PT_INTERP for one in segments(data))
    return Elf(_MACHINES.get(machine, f"machine {machine}"), static, found)
