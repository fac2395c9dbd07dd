"""Text from outside, made fit for a terminal, a log and a message."""

from __future__ import annotations

from rules_codspeed.contract.escaping import printable

_LONGEST = 300  # characters


def excerpt(text: str, longest: int = _LONGEST) -> str:
    """Returns the start of a text, printable, with `...` where something was left out."""
    start = printable(text[:longest])
    return start if len(text) <= longest and len(start) <= longest else start[:longest] + "..."
