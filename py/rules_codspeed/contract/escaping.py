"""Text from outside, made fit for a terminal, a log and a message."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Returns text without what moves a cursor or turns the direction of writing.

    Such characters are shown as `\x1b` or `\u202e`.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
