"""Options of exec-harness: how long and how often a command runs (spec: walltime 7.1, 7.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from fractions import Fraction
from typing import Any, Final, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError

_SECOND: Final = 1_000_000_000  # ns
_WARMUP: Final = _SECOND
_MAX_TIME: Final = 3 * _SECOND
_MOST: Final = (1 << 63) - 1

_UNITS_NS: Final = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "ms": 1_000_000,
    "s": _SECOND,
    "sec": _SECOND,
    "m": 60 * _SECOND,
    "min": 60 * _SECOND,
    "h": 3600 * _SECOND,
    "hr": 3600 * _SECOND,
    "d": 86400 * _SECOND,
}
_SECONDS = re.compile(r"\+?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
_PART = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([a-zµ]{1,3})\s*")
_NAMES: Final = ("warmup_time", "max_time", "min_time", "max_rounds", "min_rounds")


class ExecOptions(NamedTuple):
    """Bounds of one command; times in ns, None where there is no bound.

    Attributes:
      warmup_ns: time before rounds are counted; 0 for none.
      min_time_ns: least time of all rounds.
      min_rounds: least number of rounds.
      max_time_ns: most time of all rounds, checked after each.
      max_rounds: most rounds.
    """

    warmup_ns: int = _WARMUP
    min_time_ns: int | None = None
    min_rounds: int | None = None
    max_time_ns: int | None = _MAX_TIME
    max_rounds: int | None = None


def read_exec_options(arguments: Mapping[str, Any], owner: str) -> ExecOptions:
    """Reads `walltime_args`: durations as texts or seconds, counts as numbers or texts.

    Args:
      arguments: values by name; None counts as absent.
      owner: whose they are, for messages.

    Raises:
      CodSpeedError: a value cannot be used, or two contradict each other.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    for name in sorted(given.keys() - set(_NAMES)):
        raise _unusable(owner, name, repr(given[name]), f"one of {', '.join(_NAMES)}")
    times = {name: _duration(name, given[name], owner) for name in _NAMES[:3] if name in given}
    counts = {name: _count(name, given[name], owner) for name in _NAMES[3:] if name in given}
    default = 0 if given.keys() & {"min_time", "min_rounds", "max_rounds"} else _MAX_TIME
    options = ExecOptions(
        times.get("warmup_time", _WARMUP),
        times.get("min_time"),
        counts.get("min_rounds"),
        times.get("max_time", default) or None,
        counts.get("max_rounds"),
    )
    _check_order(options, owner)
    return options


def read_some_options(
    arguments: Mapping[str, Any], owner: str, tool: str, known: Set[str], expected: str
) -> ExecOptions:
    """Reads `walltime_args` for a framework that knows only some of them.

    Args:
      arguments: values by name; None counts as absent.
      owner: whose they are, for messages.
      tool: the framework.
      known: their names.
      expected: what they mean to the framework.

    Raises:
      CodSpeedError: there is another one, or a value cannot be used.
    """
    for name in sorted(arguments.keys() - known):
        raise BenchmarkError(
            f"{tool} has no {name}, which {owner} sets among its walltime_args",
            got=f"{name}={arguments[name]}",
            expected=expected,
            fix=f"remove {name}",
        )
    return read_exec_options(arguments, owner)


def _check_order(options: ExecOptions, owner: str) -> None:
    _, least, min_rounds, most, max_rounds = options
    if most is not None and least is not None and least > most:
        got = f"min_time of {least / _SECOND:g} s, max_time of {most / _SECOND:g} s"
        raise _contradiction(owner, "min_time", "max_time", got)
    if max_rounds is not None and min_rounds is not None and min_rounds > max_rounds:
        got = f"min_rounds {min_rounds}, max_rounds {max_rounds}"
        raise _contradiction(owner, "min_rounds", "max_rounds", got)


def _contradiction(owner: str, least: str, most: str, got: str) -> CodSpeedError:
    return BenchmarkError(
        f"{least} cannot be greater than {most} in the walltime_args of {owner}",
        got=got,
        expected=f"{least} up to {most}",
        fix="lower one or raise the other",
    )


def _unusable(owner: str, name: str, got: str, expected: str) -> CodSpeedError:
    what = f"{name} among the walltime_args of {owner} cannot be used"
    return BenchmarkError(what, got=got[:200], expected=expected, fix=f"change or remove {name}")


def parse_duration(text: str) -> int | None:
    """Returns nanoseconds; None if the text is not a duration.

    A bare number is in seconds; otherwise numbers have units, as in `500ms`, `1.5s` or `1m 30s`.
    """
    trimmed = text.strip()
    if _SECONDS.fullmatch(trimmed):
        return _within(int(float(trimmed) * _SECOND))
    total, offset = Fraction(0), 0
    while found := _PART.match(trimmed, offset):
        unit = _UNITS_NS.get(found[2])
        if not unit:
            return None
        total += Fraction(found[1]) * unit
        offset = found.end()
    return _within(int(total)) if trimmed and offset == len(trimmed) else None


def _within(nanoseconds: int) -> int | None:
    return nanoseconds if nanoseconds <= _MOST else None


def _duration(name: str, value: Any, owner: str) -> int:
    is_text = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    duration = parse_duration(str(value)) if is_text else None
    if duration is None:
        expected = "a duration such as 500ms, 1.5s, 2m or 1h, or a number of seconds"
        raise _unusable(owner, name, repr(value), expected)
    return duration


def _count(name: str, value: Any, owner: str) -> int:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if not re.fullmatch(r"\s*[0-9]{1,18}\s*", text):
        raise _unusable(owner, name, repr(value), "a number of rounds")
    return int(text)
