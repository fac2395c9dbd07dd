"""What instruments found in one run of a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Findings(NamedTuple):
    """What one or several instruments found.

    Attributes:
      files: what is to be written as JSON, or bytes as they are, by path in the profile folder.
      remarks: sentences for the user.
    """

    files: Mapping[str, object] = {}
    remarks: Sequence[str] = ()

    def plus(self, other: Findings) -> Findings:
        """Returns these and others."""
        return Findings({**self.files, **other.files}, [*self.remarks, *other.remarks])
