"""What identifies an object file: its build id, and the version of a C library.

Formats: System V ABI, chapter 5 (program headers, notes); the note NT_GNU_BUILD_ID of GNU ld.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import struct
from collections.abc import Iterator

from rules_codspeed.contract.provenance import ObjectFile
from rules_codspeed.measure.stage.cpu import plain
from rules_codspeed.measure.stage.objects.elf import DAMAGE, PT_INTERP, PT_NOTE, segments

_NT_GNU_BUILD_ID = 3
_GNU = b"GNU\0"
_LONGEST_ID = 64  # bytes; the usual one is a SHA-1
# A program that is measured may name any file as one whose code ran.
_LARGEST = 1 << 28  # bytes of a file that are looked at
_LONGEST_NOTES = 1 << 14  # bytes, of a segment
_LONGEST_PATH = 1 << 12  # bytes
# In what libc.so.6 prints when it is run, and ld.so with --version.
_GLIBC = re.compile(rb" release version ([0-9]+\.[0-9.]+)")
_MUSL = re.compile(rb"\0(1\.[0-9]\.[0-9]{1,3})\0")


def read_object_file(path: str, name: str) -> ObjectFile:
    """Describes an object file; what it does not state, or cannot be read, is empty.

    Args:
      path: where it is.
      name: what to call it, printable or not.
    """
    shown = plain(name)
    try:
        with _mapped(path) as data:
            return ObjectFile(shown, _version(data, name), _build_id(data).hex())
    except (OSError, ValueError, *DAMAGE):
        return ObjectFile(shown, "", "")


@contextlib.contextmanager
def _mapped(path: str) -> Iterator[mmap.mmap]:
    """Yields a file; its beginning only, if it is larger than any object file."""
    with open(path, "rb") as file:
        size = min(os.fstat(file.fileno()).st_size, _LARGEST)
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as data:
            yield data


def _version(data: mmap.mmap, name: str) -> str:
    """Returns the version of a C library or its loader."""
    if is_musl(name):
        found = _MUSL.search(data)
    elif is_libc(name) or is_loader(name):
        found = _GLIBC.search(data)
    else:
        return ""
    return found[1].decode().rstrip(".") if found else ""


def is_loader(name: str) -> bool:
    """Whether an object of this name is a dynamic loader, such as `ld-linux-x86-64.so.2`."""
    return re.fullmatch(r"ld(?:64)?(?:-[\w.-]+)?\.so(?:\.[0-9]+)*", name) is not None


def is_libc(name: str) -> bool:
    """Whether an object of this name is a C library, such as `libc.so.6` or `libc-2.31.so`."""
    return re.fullmatch(r"libc(?:-[0-9.]+)?\.so(?:\.[0-9]+)*", name) is not None or is_musl(name)


def is_musl(name: str) -> bool:
    """Whether an object of this name is musl, which is loader and C library in one."""
    return name.startswith("ld-musl-")


def read_loader(path: str) -> str:
    """Returns the path of the loader that a program names; empty for one that needs none.

    Raises:
      OSError: the file cannot be read.
    """
    with contextlib.suppress(ValueError, *DAMAGE), _mapped(path) as data:
        for one in segments(data):
            if one.kind == PT_INTERP:
                end = one.offset + min(one.size, _LONGEST_PATH)
                return os.fsdecode(data[one.offset : end].rstrip(b"\0"))
    return ""


def _build_id(data: mmap.mmap) -> bytes:
    """Returns the build id that a note of an ELF file holds; empty if there is none."""
    order = "<" if data[5] == 1 else ">"
    notes = (
        _id_of_notes(
            data[one.offset : one.offset + min(one.size, _LONGEST_NOTES)], order, one.align
        )
        for one in segments(data)
        if one.kind == PT_NOTE
    )
    return next(filter(None, notes), b"")


def _id_of_notes(notes: bytes, order: str, align: int) -> bytes:
    step = 8 if align == 8 else 4
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from(order + "III", notes, at)
        name = at + 12
        content = _padded(name + name_size, step)
        if kind == _NT_GNU_BUILD_ID and notes[name : name + name_size] == _GNU:
            return notes[content : content + size] if size <= _LONGEST_ID else b""
        at = _padded(content + size, step)
    return b""


def _padded(size: int, step: int) -> int:
    return -(-size // step) * step
