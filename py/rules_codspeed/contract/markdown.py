"""Markdown for GitHub in which text from outside stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rules_codspeed.contract.escaping import visible

LONGEST_NAME = 300
"""Characters of a name in a summary: a single row must not fill it."""

# All that Markdown or HTML could take for more than text, wherever it stands.
_SPECIAL = re.compile(r"[^\w /,-]|_")


def code(text: str) -> str:
    """Returns text as code, in one line; GitHub looks for no names, links or emoji in code.

    Backticks would not do: a table is split at each `|` before they are looked at.
    """
    return f"<code>{plain(text)}</code>"


def plain(text: str) -> str:
    """Returns text as text, in one line."""
    return _SPECIAL.sub(_reference, visible(text))


def _reference(special: re.Match[str]) -> str:
    return f"&#{ord(special[0])};"


def row(cells: Iterable[str]) -> str:
    """Returns a row of a table, from cells that are Markdown without newlines."""
    return f"| {' | '.join(cells)} |\n"


def table_head(first: str, numbers: Iterable[str]) -> str:
    """Returns the start of a table: a column of text, then columns of numbers."""
    names = [first, *numbers]
    return row(names) + row([":--", *["--:"] * (len(names) - 1)])
