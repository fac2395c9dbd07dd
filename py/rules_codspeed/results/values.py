"""Values of parsed JSON, checked more strictly than Python's `json` does."""

from __future__ import annotations

import math

_LONGEST = 80  # characters


def is_number(value: object) -> bool:
    """Tells whether a value is a number that a `float` can hold: no bool, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_text(value: object) -> bool:
    """Tells whether a value is text that can be written: no half of a surrogate pair."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """Returns how a value is shown in an error, in one line of bounded length."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    try:
        text = repr(value)
    except ValueError:  # more digits than Python writes
        return "a number of very many digits"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
