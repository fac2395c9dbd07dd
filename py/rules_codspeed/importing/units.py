"""Units of times and of rates, converted exactly: a result is rounded once, to the next `float`."""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = {
    "ns": 1,
    "us": 10**3,
    "\N{MICRO SIGN}s": 10**3,
    "\N{GREEK SMALL LETTER MU}s": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "min": 60 * 10**9,
    "hr": 3600 * 10**9,
    "day": 24 * 3600 * 10**9,
}
"""Nanoseconds in each unit."""

_WORDS = {
    **{one: "ns" for one in ("nanosecond", "nanoseconds")},
    **{one: "us" for one in ("microsecond", "microseconds")},
    **{one: "ms" for one in ("millisecond", "milliseconds")},
    **{one: "s" for one in ("sec", "secs", "second", "seconds")},
}
_PARTS = re.compile(r"([^/ ]{1,20}) ?(?:/ ?([^/ ]{1,20}))?")
_LONGEST = 10**18
"""Nanoseconds, 31 years, as in `results/readers/walltime_document.py`."""

Number = int | float | Fraction


class UnitError(ValueError):
    """A unit or a number is none of a time. The readers of `formats` catch it to add the place."""


def time_unit(unit: str) -> int:
    """Returns the nanoseconds of a unit of time, such as `us`, `ns/op` or `seconds`.

    Raises:
      UnitError: it is none.
    """
    match = _PARTS.fullmatch(unit)
    known = _nanoseconds(match[1]) if match else None
    if known is None:
        raise UnitError(f"the unit {unit[:40]!r} is not one of time")
    return known


def rate_unit(unit: str) -> int:
    """Returns the nanoseconds of the time of a rate, such as `ops/s` or `iter/sec`.

    Raises:
      UnitError: it is none.
    """
    match = _PARTS.fullmatch(unit)
    known = _nanoseconds(match[2] or "") if match else None
    if known is None or not match or _nanoseconds(match[1]) is not None:
        raise UnitError(f"the unit {unit[:40]!r} is not one of a rate")
    return known


def _nanoseconds(unit: str) -> int | None:
    return _UNITS.get(_WORDS.get(unit, unit))


def time_ns(value: Number, nanoseconds: int, iterations: int = 1) -> float:
    """Returns a time by iteration in nanoseconds.

    Args:
      value: the time of all iterations, in its unit.
      nanoseconds: of that unit.
      iterations: how many they are, 1 or more.

    Raises:
      UnitError: it is negative, or longer than a benchmark can take.
    """
    return _checked(Fraction(value) * nanoseconds / iterations, value)


def period_ns(rate: Number, nanoseconds: int) -> float:
    """Returns the time of one of what a rate counts, in nanoseconds.

    Raises:
      UnitError: the rate is not positive, or so low that no benchmark has it.
    """
    if rate <= 0:
        raise UnitError(f"the rate {rate} is not positive")
    return _checked(nanoseconds / Fraction(rate), rate)


def _checked(time: Fraction, value: Number) -> float:
    if not 0 <= time <= _LONGEST:
        raise UnitError(f"{float(value):g} is not a time that a benchmark can take")
    return float(time)
