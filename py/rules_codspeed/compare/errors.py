"""The errors that something catches."""

from __future__ import annotations

from rules_codspeed.contract.errors import CodSpeedError


class UnmeasuredError(CodSpeedError):
    """A commit cannot be measured, by a fault of its own.

    `bisect/trial.py` catches it, and another commit is measured. Any other error is one of the
    machine or of all commits.
    """
