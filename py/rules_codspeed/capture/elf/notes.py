"""What a file states of itself in notes: its build-id, and the link to its debug file.

Both are hints to find another file: one that is damaged is taken as missing. Structures are those
of pyelftools. Its `iter_notes` is not used: it takes no notes that are aligned to 8 bytes, and
decodes each property of a hostile note.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from elftools.elf.structs import ELFStructs

from rules_codspeed.capture.elf.errors import ElfError
from rules_codspeed.capture.elf.parsing import parse

_GNU = b"GNU\0"
_MOST_NOTES = 10_000  # of a file; a real one has less than ten
_LONGEST_ID = 64  # bytes; the usual one is a SHA-1
_LONGEST_LINK = 4096  # bytes


def find_build_id(sections: Iterable[tuple[memoryview, int]], structs: ELFStructs) -> bytes:
    """Returns the build-id out of the note sections of a file; empty when there is none.

    Args:
      sections: content and alignment of each.
      structs: the structures of the file.
    """
    form = structs.Elf_Nhdr
    size_of_head = form.sizeof()
    left = _MOST_NOTES
    for notes, addralign in sections:
        align = 8 if addralign == 8 else 4
        at = 0
        while at + size_of_head <= len(notes) and left:
            left -= 1
            name = at + size_of_head
            head = parse(form, notes[at:name], "", at, "a note")
            name_size, size = head["n_namesz"], head["n_descsz"]
            content = _padded(name + name_size, align)
            is_gnu = notes[name : name + min(name_size, 5)] == _GNU
            if is_gnu and head["n_type"] == "NT_GNU_BUILD_ID":
                return bytes(notes[content : content + size]) if size <= _LONGEST_ID else b""
            at = _padded(content + size, align)
    return b""


def parse_debug_link(data: memoryview, structs: ELFStructs) -> tuple[str, int] | None:
    """Returns the file name and the CRC-32 that `.gnu_debuglink` holds; None when it holds none.

    A name with a slash is none: the link names a file, and not a place.

    Args:
      data: the section.
      structs: the structures of the file.
    """
    try:
        link = parse(structs.Gnu_debuglink, data[:_LONGEST_LINK], "", 0, "a link")
    except ElfError:
        return None
    name: bytes = link["filename"]
    if not name or b"/" in name:
        return None
    return os.fsdecode(name), link["checksum"]


def _padded(size: int, align: int) -> int:
    return -(-size // align) * align
