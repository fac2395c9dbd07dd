"""The one error of reading ELF files."""

from __future__ import annotations

from rules_codspeed.capture.errors import DamagedFile

_FIX = "build or install that file again; until then it has no symbols in the profile"


class ElfError(DamagedFile):
    """A file is not an ELF file, is damaged, or cannot be read; the message names it and the byte.

    Capturing catches it for a file that has no debug file then, and reading DWARF for a section
    that it can do without.
    """

    def __init__(self, file: str, offset: int, got: str, expected: str, fix: str = _FIX) -> None:
        """Makes the error about one place of `file`, which may be a path of any bytes."""
        super().__init__(file if file.isprintable() else ascii(file), offset, got, expected, fix)
