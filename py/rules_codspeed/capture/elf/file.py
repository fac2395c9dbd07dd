"""An opened ELF file of either width and byte order: its segments, sections and their content."""

from __future__ import annotations

import mmap
import os
import stat
from pathlib import Path
from types import TracebackType

from elftools.elf.constants import SH_FLAGS

from rules_codspeed.capture.elf.compressed import decompress_gabi, decompress_gnu
from rules_codspeed.capture.elf.errors import ElfError
from rules_codspeed.capture.elf.headers import Section, Segment, checked, read_tables
from rules_codspeed.capture.elf.notes import find_build_id, parse_debug_link

__all__ = ["ElfError", "ElfFile", "Section", "Segment", "open_elf"]

_NOBITS = "SHT_NOBITS"


class ElfFile:
    """An ELF file; a context manager that unmaps it.

    Views that it handed out stay valid until they are dropped.

    Attributes:
      name: the path to state in errors.
      is_64: whether it is an ELF64 file.
      little_endian: its byte order.
      machine: name of `e_machine`, such as `EM_X86_64`; the number of an unknown one.
      segments: the `PT_LOAD` program headers, in file order.
      sections: all section headers, in file order, section 0 included.
    """

    __slots__ = (
        "_by_name",
        "_map",
        "_structs",
        "_view",
        "is_64",
        "little_endian",
        "machine",
        "name",
        "sections",
        "segments",
    )

    def __init__(self, data: bytes | mmap.mmap, name: str) -> None:
        """Decodes the head of a file.

        Args:
          data: the whole file; a mapping is closed with this.
          name: the path to state in errors.

        Raises:
          ElfError: it is damaged.
        """
        self._map = data
        self._view = memoryview(data)
        self.name = name
        tables = read_tables(data, self._view, name)
        self._structs, self.machine, self.segments, self.sections = tables
        self.is_64 = self._structs.elfclass == 64
        self.little_endian = self._structs.little_endian
        self._by_name = {one.name: one for one in reversed(self.sections)}

    def __enter__(self) -> ElfFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._view.release()
        _close(self._map)

    def section(self, name: str) -> Section | None:
        """Returns the first section of a name; for `.debug_x` also the old `.zdebug_x`."""
        found = self._by_name.get(name)
        if found is None and name.startswith(".debug_"):
            found = self._by_name.get(".zdebug_" + name.removeprefix(".debug_"))
        return found

    def data(self, section: Section) -> memoryview:
        """Returns the bytes of a section as they are in the file; none for `SHT_NOBITS`.

        Raises:
          ElfError: the file ends before them.
        """
        if section.type == _NOBITS:
            return memoryview(b"")
        what = f"section {section.name or '(without a name)'}"
        return checked(self._view, self.name, section.offset, section.size, what)

    def contents(self, section: Section) -> bytes | memoryview:
        """Returns the bytes of a section, decompressed when they are stored compressed.

        Raises:
          ElfError: the file ends before them, or they are damaged or insanely large.
        """
        data = self.data(section)
        if section.type == _NOBITS:
            return data
        if section.flags & SH_FLAGS.SHF_COMPRESSED:
            return decompress_gabi(data, self.name, section.offset, self._structs)
        if section.name.startswith(".zdebug_"):
            return decompress_gnu(data, self.name, section.offset)
        return data

    @property
    def build_id(self) -> bytes:
        """The GNU build-id; empty when the file has none that can be read."""
        sections = [one for one in self.sections if one.type == "SHT_NOTE"]
        notes = ((self._hint(one), one.addralign) for one in sections)
        return find_build_id(notes, self._structs)

    @property
    def debug_link(self) -> tuple[str, int] | None:
        """Name and CRC-32 of the separate debug file that `.gnu_debuglink` names, if any."""
        section = self.section(".gnu_debuglink")
        return parse_debug_link(self._hint(section), self._structs) if section else None

    def _hint(self, section: Section) -> memoryview:
        """Returns the bytes of a section as far as there are any."""
        size = 0 if section.type == _NOBITS else section.size
        return self._view[section.offset : section.offset + size]


def open_elf(path: Path, name: str) -> ElfFile:
    """Maps a file and decodes its head.

    Args:
      path: where it is.
      name: the path to state in errors: where it was when it was measured.

    Raises:
      ElfError: it cannot be read, or is damaged.
    """
    try:
        # Non-blocking: a FIFO in the place of a file is an error, not a wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ElfError(name, 0, "no regular file", "an ELF file")
            if not status.st_size:
                raise ElfError(name, 0, "an empty file", "an ELF file")
            data = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:
        raise ElfError(name, 0, str(error), "a file that can be read") from None
    try:
        return ElfFile(data, name)
    except ElfError:
        _close(data)
        raise


def _close(data: bytes | mmap.mmap) -> None:
    if isinstance(data, mmap.mmap):
        try:
            data.close()
        except BufferError:
            return  # a view is still in use; the mapping goes with the last one
