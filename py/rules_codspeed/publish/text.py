"""Text from outside, made fit for a terminal, a log and a message."""

from __future__ import annotations

_LONGEST = 300  # characters


def printable(text: str) -> str:
    r"""Returns text without what moves a cursor or turns the direction of writing.

    Such characters are shown as `\x1b` or `\u202e`.
    """
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def excerpt(text: str, longest: int = _LONGEST) -> str:
    """Returns the start of a text, printable, with `...` where something was left out."""
    start = printable(text[:longest])
    return start if len(text) <= longest and len(start) <= longest else start[:longest] + "..."
