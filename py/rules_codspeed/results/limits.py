"""How much a benchmark may change, and how much it may cost: limits and budgets."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results.modes.mode import BYTES
from rules_codspeed.results.modes.registry import mode_of, unit
from rules_codspeed.results.size_text import parse_size

_LIMIT = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?) ?%(?: and ([0-9]{1,15}))?")


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a metric may move before the move counts: it must pass both parts.

    Attributes:
      relative: fraction of the value before; a move counts if it is larger.
      floor: in units of the metric; a move counts if it is as large.
      unmeasured: fraction of the value before by which the layout of memory alone is taken to
        move an interpreted program, where that was not measured.
      isolated: in units of the metric, the most that this is where each benchmark had a process
        of its own; None where that makes no difference.
    """

    relative: Fraction
    floor: int = 0
    unmeasured: Fraction = Fraction(0)
    isolated: int | None = None

    def passed(self, before: int | float, after: int | float, band: int = 0) -> bool:
        """Returns whether a move counts, computed exactly.

        Args:
          before: the value before.
          after: the value now.
          band: how far the layout of memory alone moves it: a move counts if it is larger.
        """
        if not self.exceeds(before, after):
            return False
        move = abs(Fraction(after) - Fraction(before))
        return move > band and move >= self.floor

    def exceeds(self, before: int | float, after: int | float) -> bool:
        """Returns whether a move passes the relative part."""
        if before == after:  # most numbers of a large suite, and fractions are slow
            return False
        return abs(Fraction(after) - Fraction(before)) > Fraction(before) * self.relative

    def __str__(self) -> str:
        """Returns it for people, such as `1 % and 64`."""
        percent = f"{float(self.relative * 100):g} %"
        return f"{percent} and {self.floor:,}" if self.floor else percent


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one benchmark.

    Attributes:
      moves: by metric that is judged, how far it may move.
      budget: by metric, the most that it may be.
    """

    moves: Mapping[str, Limit] = field(default_factory=dict)
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
        moves = dict(self.common.moves)
        budget = dict(self.common.budget)
        for pattern, limits in self.overrides.items():
            if fnmatch.fnmatchcase(uri, pattern):
                moves |= limits.moves
                budget |= limits.budget
        return Limits(moves, budget)


@cache
def default_rules(mode: str) -> Rules:
    """Returns the limits of a mode where the user set none."""
    known = default_limits(mode)
    return Rules(Limits({metric: known[metric] for metric in mode_of(mode).judged or known}))


def with_better(limits: Limits, mode: str, measured: Sequence[Mapping[str, object]]) -> Limits:
    """Returns limits of the better metrics in place of those that nobody chose a limit for.

    Args:
      limits: of a benchmark.
      mode: of the benchmark.
      measured: by metric, what it has on each side; a better metric is judged where all have it.
    """
    known = default_limits(mode)
    better = {
        metric: other
        for metric, other in mode_of(mode).better.items()
        if limits.moves.get(metric) == known[metric] and all(other in one for one in measured)
    }
    kept = {metric: limit for metric, limit in limits.moves.items() if metric not in better}
    added = {other: known[other] for other in better.values() if other not in kept}
    return Limits({**kept, **added}, limits.budget)


@cache
def default_limits(mode: str) -> Mapping[str, Limit]:
    """Returns the limits of all metrics that a mode has limits for, the judged ones among them."""
    own = mode_of(mode)
    known = {metric: parse_limit(metric, one) for metric, one in own.limits.items()}
    assumed = {metric: parse_limit(metric, one) for metric, one in own.interpreted.items()}
    return known | {
        metric: replace(known[metric], unmeasured=one.relative, isolated=own.isolated.get(metric))
        for metric, one in assumed.items()
    }


def parse_limits(
    limits: Mapping[str, str | int], budget: Mapping[str, str | int], mode: str = ""
) -> Limits:
    """Reads limits as people write them.

    Args:
      limits: by metric, how far it may move; for example `{"Ir": "2%", "LLm": "5% and 100"}`. A
        size such as `{"peak": "64 MiB"}` is a budget.
      budget: by metric, the most that it may be; for example `{"Ir": 1200000}`.
      mode: whose floors hold where a limit has none.

    Raises:
      CodSpeedError: a value is not of that kind.
    """
    sizes = {metric: one for metric, one in limits.items() if _size(metric, one) is not None}
    most = {metric: _most(metric, one) for metric, one in {**sizes, **budget}.items()}
    known = default_limits(mode) if mode and limits else {}
    floors = {metric: one.floor for metric, one in known.items()}
    moves = {
        metric: parse_limit(metric, one, floors.get(metric, 0))
        for metric, one in limits.items()
        if metric not in sizes
    }
    return Limits(moves, most)


def _size(metric: str, written: str | int) -> int | None:
    """Returns the bytes of a size, for a metric that has bytes; None if it is something else."""
    if unit(metric) != BYTES or not isinstance(written, str):
        return None
    return parse_size(written)


def _most(metric: str, written: str | int) -> int:
    most = _size(metric, written)
    if most is not None:
        return most
    if isinstance(written, int) and not isinstance(written, bool) and written >= 0:
        return written
    has_bytes = unit(metric) == BYTES
    raise CodSpeedError(
        f"the budget of {metric} is not a {'size' if has_bytes else 'number'}",
        got=repr(written),
        expected="a size, for example '64 MiB'"
        if has_bytes
        else "a whole number, for example 1200000",
        fix="write the most that the metric may be",
    )


def parse_limit(metric: str, text: str | int, floor: int = 0) -> Limit:
    """Reads a percentage, and a floor if it is written: `2%`, or `2% and 64`; 0 is `0%`.

    Args:
      metric: whose limit it is, for errors.
      text: the limit.
      floor: of a limit that has none.

    Raises:
      CodSpeedError: it is neither.
    """
    if text == 0 and not isinstance(text, bool):
        return Limit(Fraction(0), floor)
    match = _LIMIT.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise CodSpeedError(
            f"the limit of {metric} is not a percentage",
            got=repr(text),
            expected="a percentage, alone or with the smallest change that counts, for example "
            "'2%' or '2% and 64'",
            fix="write how far the metric may move",
        )
    return Limit(Fraction(match[1]) / 100, int(match[2]) if match[2] else floor)
