"""Sizes for people: in binary units, so that the decimal points of a column line up."""

from __future__ import annotations

# Bytes in a unit. Two decimals are shown, so 1023.995 KiB is already 1.00 MiB.
_UNITS = ((1, "B"), (1 << 10, "KiB"), (1 << 20, "MiB"), (1 << 30, "GiB"), (1 << 40, "TiB"))
_BELOW = 1023.995
_LONGEST_UNIT = 3


def size_text(size: float) -> str:
    """Returns a size, for example `1.23 KiB`; bytes are whole, and padded: `64    B  `."""
    bytes_in, unit = next((one for one in _UNITS if abs(size) / one[0] < _BELOW), _UNITS[-1])
    number = f"{size:,.0f}   " if bytes_in == 1 else f"{size / bytes_in:,.2f}"
    return f"{number} {unit:<{_LONGEST_UNIT}}"


def plain_size_text(size: float) -> str:
    """Returns a size in a sentence, for example `64 B` or `1.23 KiB`."""
    return " ".join(size_text(size).split())
