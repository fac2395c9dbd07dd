"""Durations, sizes and shares as CodSpeed's runner writes them (spec: upload-results 13.3)."""

from __future__ import annotations

import math

_NANOSECOND = 1e-9
_TIMES = ((1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (1e-6, 1e6, "µs"), (0.0, 1e9, "ns"))
_SIZES = ("B", "KB", "MB", "GB", "TB", "PB")
_BASE = 1024.0


def duration(seconds: float) -> str:
    """Returns seconds in the unit that fits, with two decimals: `1.23 ms`."""
    if seconds < _NANOSECOND:
        return "< 1 ns"
    factor, unit = next((factor, unit) for least, factor, unit in _TIMES if seconds >= least)
    return f"{seconds * factor:.2f} {unit}"


def memory(size: float) -> str:
    """Returns bytes in the unit that fits, with one decimal at most: `1.5 KB`."""
    if size == 0:
        return "0 B"
    # By logarithms, as the runner: another way would round another size up.
    power = math.floor(math.log(size) / math.log(_BASE)) if size >= 1 else 0
    power = min(power, len(_SIZES) - 1)
    digits = f"{size / _BASE**power:.1f}".rstrip("0").rstrip(".")
    return f"{digits} {_SIZES[power]}"


def count(number: float) -> str:
    """Returns the whole part of a number, with separators of thousands: `10,240`."""
    return f"{max(0, int(number)):,}"


def percentage(part: float, whole: float) -> float:
    """Returns the share in percent; not finite if the whole is zero, as in IEEE 754."""
    if whole == 0:
        return math.nan if part == 0 else math.copysign(math.inf, part)
    return part / whole * 100.0
