"""Values of parsed JSON, checked more strictly than Python's `json` does."""

from __future__ import annotations

import math
from typing import TypeGuard

_LARGEST = 10**21
"""A measured number is below: more than any counter of 64 bits, and few enough digits to print."""

_LONGEST = 80  # characters


def is_number(value: object) -> TypeGuard[int | float]:
    """Returns whether a value is a number that a `float` can hold: not a bool, NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def is_measured(value: object) -> TypeGuard[int | float]:
    """Returns whether a value is a number that can have been measured: from 0 to below 10^21."""
    return is_number(value) and 0 <= value < _LARGEST


def is_text(value: object) -> bool:
    """Returns whether a value is text that can be written: without half of a surrogate pair."""
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
