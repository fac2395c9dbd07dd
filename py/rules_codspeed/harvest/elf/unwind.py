"""The sections of a module that describe how to unwind its stack (spec: symbol-harvest 5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from rules_codspeed.capture.elf.file import ElfFile, Section

_MASK = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(frozen=True, slots=True)
class UnwindSections:
    """What a module has for unwinding. A range is the first address and the one behind.

    Attributes:
      base_svma: address of the first segment, as the file states it.
      eh_frame_hdr: bytes of `.eh_frame_hdr`, which is an index into the other; None without one.
      eh_frame_hdr_svma: its range of stated addresses; None without one.
      eh_frame: bytes of `.eh_frame`.
      eh_frame_svma: its range of stated addresses.
    """

    base_svma: int
    eh_frame_hdr: bytes | None
    eh_frame_hdr_svma: tuple[int, int] | None
    eh_frame: bytes
    eh_frame_svma: tuple[int, int]


def read_unwind(elf: ElfFile, *, header_optional: bool) -> UnwindSections | None:
    """Reads the unwind sections of a module.

    Args:
      elf: the module.
      header_optional: whether `.eh_frame_hdr` may be missing, as from runner 4.17.6 on.

    Returns:
      None for a module that has no segment or lacks a section.

    Raises:
      ElfError: a section reaches beyond the end of the file.
    """
    frame = elf.section(".eh_frame")
    header = elf.section(".eh_frame_hdr")
    if frame is None or not elf.segments or not (header or header_optional):
        return None
    return UnwindSections(
        base_svma=elf.segments[0].vaddr,
        eh_frame_hdr=bytes(elf.data(header)) if header else None,
        eh_frame_hdr_svma=_svma(header) if header else None,
        eh_frame=bytes(elf.data(frame)),
        eh_frame_svma=_svma(frame),
    )


def _svma(section: Section) -> tuple[int, int]:
    return section.addr, (section.addr + section.size) & _MASK
