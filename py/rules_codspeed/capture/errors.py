"""The errors of the harvest: a sentence for a person, with the place and the next step."""

from __future__ import annotations


class HarvestError(Exception):
    """Something could not be harvested; the message tells what, where and the next step."""


class DamagedFile(HarvestError):
    """A file is truncated, damaged, or not what its name says.

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
        fix: str = "make the file again, and look for what cut or changed it",
    ) -> None:
        """Makes the error about one place of `file`."""
        super().__init__(
            f"{file}: damaged at byte {offset}. Got: {got}. Expected: {expected}. Fix: {fix}."
        )
        self.file = file
        self.offset = offset


def problem(what: str, got: str, expected: str, fix: str) -> HarvestError:
    """Returns an error in the one shape of this rule set."""
    return HarvestError(f"{what}. Got: {got}. Expected: {expected}. Fix: {fix}.")
