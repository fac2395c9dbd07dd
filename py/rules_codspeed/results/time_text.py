"""Times for people: in the unit that suits, so that the points of a column are below each other."""

from __future__ import annotations

# Nanoseconds in a unit. Two decimals are shown, so 999.995 ns is 1.00 µs already.
_UNITS = ((1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s"))
_BELOW = 999.995
_LONGEST_UNIT = 2


def time_text(nanoseconds: float) -> str:
    """Returns a time such as `1.23 µs`; the shorter unit of seconds is padded: `1.23 s `."""
    size, unit = next((one for one in _UNITS if abs(nanoseconds) / one[0] < _BELOW), _UNITS[-1])
    return f"{nanoseconds / size:,.2f} {unit:<{_LONGEST_UNIT}}"
