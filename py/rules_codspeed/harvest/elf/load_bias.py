"""By how much the addresses of a process differ from those in the file that it mapped.

The first segment that matches decides (spec: symbol-harvest 3.3). A bias is an address of the
process minus the one in the file, modulo 2^64.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.contract.errors import CodSpeedError

_ADDRESSES = 1 << 64


class NoSegment(CodSpeedError):
    """A mapping matches no segment of its file; the harvest catches this, and leaves it out."""

    def __init__(self, start: int, end: int, file_offset: int) -> None:
        """Makes the error about one mapping."""
        super().__init__(
            "no load bias",
            got=f"a mapping at {start:#x}-{end:#x} of the file from byte {file_offset:#x} on",
            expected="one that holds, or is part of, a segment of the file",
            fix="measure again; the file was changed after it was mapped",
        )


def load_bias(segments: Sequence[Segment], start: int, end: int, file_offset: int) -> int:
    """Returns the bias of a mapped file.

    The first segment that holds the mapping, or that the mapping holds, decides, as in the
    official runner, although in a tiny file that may not be the executable one.

    Args:
      segments: the `PT_LOAD` program headers of the file, in its order.
      start: first address of the mapping.
      end: address after its last.
      file_offset: bytes of the file before what is mapped.

    Raises:
      NoSegment: there is no such segment.
    """
    file_end = file_offset + end - start
    for segment in segments:
        segment_end = segment.offset + segment.filesz
        within = segment.offset <= file_offset and file_end <= segment_end
        around = file_offset <= segment.offset and segment_end <= file_end
        if within or around:
            return (start + segment.offset - file_offset - segment.vaddr) % _ADDRESSES
    raise NoSegment(start, end, file_offset)


def base_svma(segments: Sequence[Segment]) -> int:
    """Returns the base address that a file states; it must have a segment."""
    return segments[0].vaddr


def base_avma(segments: Sequence[Segment], bias: int) -> int:
    """Returns where the base of a file is in a process."""
    return (base_svma(segments) + bias) % _ADDRESSES
