"""How much a benchmark may change, and how much it may cost: limits and budgets."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.modes.registry import mode_of

_PERCENT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one benchmark.

    Attributes:
      relative: by metric, the fraction of the value before that it may grow by.
      budget: by metric, the most that it may be.
    """

    relative: Mapping[str, Fraction] = field(default_factory=dict)
    budget: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits of many benchmarks.

    Attributes:
      common: of all of them.
      overrides: by pattern of URIs (`*` and `?` as in a shell); the last that matches decides
        on each metric that it names.
    """

    common: Limits
    overrides: Mapping[str, Limits] = field(default_factory=dict)

    def of(self, uri: str) -> Limits:
        """Returns the limits of a benchmark."""
        relative = dict(self.common.relative)
        budget = dict(self.common.budget)
        for pattern, limits in self.overrides.items():
            if fnmatch.fnmatchcase(uri, pattern):
                relative |= limits.relative
                budget |= limits.budget
        return Limits(relative, budget)


def default_rules(mode: str) -> Rules:
    """Returns the limits of a mode where the user set none."""
    return Rules(parse_limits(mode_of(mode).limits, {}))


def parse_limits(limits: Mapping[str, str], budget: Mapping[str, int]) -> Limits:
    """Reads limits as people write them.

    Args:
      limits: by metric, what it may grow by; for example `{"Ir": "2%"}`.
      budget: by metric, the most that it may be; for example `{"Ir": 1200000}`.

    Raises:
      CodSpeedError: a value is not of that kind.
    """
    for metric, most in budget.items():
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise CodSpeedError(
                f"the budget of {metric} is not a number",
                got=repr(most),
                expected="a whole number, for example 1200000",
                fix="write the most that the metric may be",
            )
    return Limits({metric: parse_percent(metric, one) for metric, one in limits.items()}, budget)


def parse_percent(metric: str, text: str) -> Fraction:
    """Returns a percentage as a fraction, for example 1/50 for `2%`.

    Raises:
      CodSpeedError: it is not a percentage.
    """
    match = _PERCENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise CodSpeedError(
            f"the limit of {metric} is not a percentage",
            got=repr(text),
            expected="a percentage, for example '2%' or '0.5%'",
            fix="write how much the metric may grow",
        )
    return Fraction(match[1]) / 100
