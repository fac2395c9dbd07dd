"""The error of the history."""

from rules_codspeed.contract.errors import CodSpeedError


class HistoryError(CodSpeedError):
    """The history cannot be used; `command/comparing.py` catches it, and goes on without."""
