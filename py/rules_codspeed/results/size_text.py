"""Sizes for people: in binary units, so that the decimal points of a column line up."""

from __future__ import annotations

import re
from fractions import Fraction

# Bytes in a unit. Two decimals are shown, so 1023.995 KiB is already 1.00 MiB.
_UNITS = ((1, "B"), (1 << 10, "KiB"), (1 << 20, "MiB"), (1 << 30, "GiB"), (1 << 40, "TiB"))
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?) ?(B|KiB|MiB|GiB|TiB)")
_BELOW = 1023.995
_LONGEST_UNIT = 3


def parse_size(text: str) -> int | None:
    """Returns the bytes of a size such as `64 MiB` or `1.5KiB`; None if it is something else."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        return None
    return int(Fraction(match[1]) * next(size for size, unit in _UNITS if unit == match[2]))


def size_text(size: float) -> str:
    """Returns a size, for example `1.23 KiB`; bytes are whole, and padded: `64    B  `."""
    bytes_in, unit = next((one for one in _UNITS if abs(size) / one[0] < _BELOW), _UNITS[-1])
    number = f"{size:,.0f}   " if bytes_in == 1 else f"{size / bytes_in:,.2f}"
    return f"{number} {unit:<{_LONGEST_UNIT}}"


def plain_size_text(size: float) -> str:
    """Returns a size in a sentence, for example `64 B` or `1.23 KiB`."""
    return " ".join(size_text(size).split())
