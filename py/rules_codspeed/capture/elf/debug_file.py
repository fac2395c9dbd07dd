"""Finds the separate debug file of a module as gdb does (spec: symbol-harvest 4.2)."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rules_codspeed.capture.elf.file import ElfFile

DEBUG_FOLDERS = (Path("/usr/lib/debug"),)
"""Where runners from 4.15.0 on look."""

DEBUG_FOLDERS_WITH_NIXOS = (*DEBUG_FOLDERS, Path("/run/current-system/sw/lib/debug"))
"""Where runners from 4.16.2 on look."""

_BLOCK = 1 << 20  # bytes
_LARGEST = 8 << 30  # bytes; holes count


def find_debug_file(elf: ElfFile, path: str, folders: Sequence[Path]) -> Path | None:
    """Returns the separate debug file of a module, if it has one.

    In each folder it is looked for by the build-id, then by the debug link, whose file
    may also be next to the module. Without any of the folders, nothing is looked for.

    Args:
      elf: the module.
      path: where the module is, with the folder that its debug file may be next to.
      folders: such as `DEBUG_FOLDERS`.
    """
    build_id = elf.build_id.hex()
    link = elf.debug_link
    for folder in folders:
        if not folder.is_dir():
            continue
        if len(build_id) > 2:
            found = os.path.join(folder, ".build-id", build_id[:2], build_id[2:] + ".debug")
            if os.path.isfile(found):
                return Path(found)
        if link:
            for candidate in _candidates(link[0], path, folder):
                if _crc32(candidate) == link[1]:
                    return Path(candidate)
    return None


def _candidates(name: str, path: str, folder: Path) -> Iterator[str]:
    beside = os.path.dirname(path)
    yield os.path.join(beside, name)
    yield os.path.join(beside, ".debug", name)
    yield os.path.join(folder, beside.removeprefix("/"), name)


def _crc32(path: str) -> int | None:
    """Returns the CRC-32 of a regular file; None when it cannot be read."""
    try:
        # Non-blocking: a FIFO of that name is not a debug file, and nothing to wait for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            # Beside a program, it is what that may have left.
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return None
            crc = 0
            while block := file.read(_BLOCK):
                crc = zlib.crc32(block, crc)
            return crc
    except (OSError, ValueError):
        return None
