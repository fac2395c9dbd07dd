"""`customSmallerIsBetter` and `customBiggerIsBetter`: a list of names with one number each.

Source: README.md of benchmark-action/github-action-benchmark. Smaller is a time, bigger a rate,
which becomes the time of one of what it counts. One number is one round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.forms import Name, Part, parse
from rules_codspeed.importing.found import Found, ResultsFile, Timed, joined, shortened
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import UnitError, period_ns, rate_unit, time_ns, time_unit

_TIMES = "times, in a unit such as ns, us/iter, ms or seconds"
_RATES = "rates, in a unit such as ops/s or iter/ms"


class _Result(Part):
    name: Name
    unit: str
    value: float = Field(ge=0, le=1e18)


_DOCUMENT = TypeAdapter(list[_Result])


def read_smaller(files: Sequence[ResultsFile]) -> Found:
    """Reads times.

    Raises:
      CodSpeedError: a file has another form, or something that is not a time.
    """
    return _read_all(files, lambda one: time_ns(one.value, time_unit(one.unit)), _TIMES)


def read_bigger(files: Sequence[ResultsFile]) -> Found:
    """Reads rates.

    Raises:
      CodSpeedError: a file has another form, or something that is not a rate.
    """
    return _read_all(files, lambda one: period_ns(one.value, rate_unit(one.unit)), _RATES)


def _read_all(
    files: Sequence[ResultsFile], time_of: Callable[[_Result], float], expected: str
) -> Found:
    parts = []
    for file in files:
        results = parse(_DOCUMENT, file.read(), file, "a tool for github-action-benchmark")
        timed = []
        for index, one in enumerate(results):
            try:
                time = time_of(one)
            except UnitError as error:
                raise file.refused(
                    f"[{index}] ({shortened(one.name)!r}): {error}",
                    expected,
                    "leave out what is neither, or choose the other of customSmallerIsBetter and "
                    "customBiggerIsBetter",
                ) from error
            timed.append(
                Timed(one.name, metrics_of([[time]]), [[time]], f"[{index}] of {file.name}")
            )
        parts.append(Found(timed))
    return joined(parts, files)
