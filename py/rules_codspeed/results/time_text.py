"""Times for people: in a suitable unit, so that the decimal points of a column line up."""

from __future__ import annotations

# Nanoseconds in a unit. Two decimals are shown, so 999.995 ns is already 1.00 µs.
_UNITS = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
_BELOW = 999.995
_LONGEST_UNIT = 2


def time_text(nanoseconds: float) -> str:
    """Returns a time, for example `1.23 µs`; the shorter unit of seconds is padded: `1.23 s `."""
    size, unit = next((one for one in _UNITS if abs(nanoseconds) / one[0] < _BELOW), _UNITS[-1])
    return f"{nanoseconds / size:,.2f} {unit:<{_LONGEST_UNIT}}"
