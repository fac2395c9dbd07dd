"""What must be known about an executable before it runs. Format: System V ABI, chapters 4, 5."""

from __future__ import annotations

import mmap
import struct
from typing import NamedTuple

_PT_INTERP = 3
_MACHINES = {62: "x86_64", 183: "aarch64"}
_DEBUG_SECTIONS = (b".debug_info", b".zdebug_info")


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
            except (struct.error, IndexError):
                return None


def _facts(data: mmap.mmap) -> Elf:
    wide = data[4] == 2
    order = "<" if data[5] == 1 else ">"
    (machine,) = struct.unpack_from(order + "H", data, 18)
    # e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    header = struct.unpack_from(
        order + ("QQIHHHHHH" if wide else "IIIHHHHHH"), data, 32 - 4 * (not wide)
    )
    programs, sections, _, _, program_size, program_count, section_size, count, names = header
    kinds = {
        struct.unpack_from(order + "I", data, programs + i * program_size)[0]
        for i in range(program_count)
    }
    # sh_name, then sh_offset behind sh_type, sh_flags and sh_addr
    offset_at = 24 if wide else 16
    word = order + ("Q" if wide else "I")
    found = False
    if sections:
        (strings,) = struct.unpack_from(word, data, sections + names * section_size + offset_at)
        for i in range(count):
            (name,) = struct.unpack_from(order + "I", data, sections + i * section_size)
            start = strings + name
            found = found or data[start : data.find(b"\0", start)] in _DEBUG_SECTIONS
    return Elf(_MACHINES.get(machine, f"machine {machine}"), _PT_INTERP not in kinds, found)
