"""The error of a file that is damaged."""

from __future__ import annotations

from rules_codspeed.contract.errors import CodSpeedError


class DamagedFile(CodSpeedError):
    """A file is truncated, damaged, or not what its name suggests.

    The harvest catches it, and goes on without that file (`harvest/pipeline.py`,
    `harvest/jit/generated_code.py`).

    Attributes:
      file: name of the file, as given to the reader.
      offset: bytes before the place.
    """

    def __init__(
        self,
        file: str,
        offset: int,
        got: str,
        expected: str,
        fix: str = "make the file again, and find out what truncated or changed it",
    ) -> None:
        """Makes the error about one place of `file`."""
        super().__init__(f"{file}: damaged at byte {offset}", got=got, expected=expected, fix=fix)
        self.file = file
        self.offset = offset
