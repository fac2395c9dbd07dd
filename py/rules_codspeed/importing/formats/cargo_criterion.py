"""What `cargo criterion --message-format=json` prints: an object a line, each sample is a round.

Source: bheisler.github.io/criterion.rs/book/cargo_criterion/external_tools.html. Lines of another
`reason` than `benchmark-complete` have no times.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, TypeAdapter

from rules_codspeed.importing.formats.criterion import sample_rounds
from rules_codspeed.importing.forms import Iterations, Name, Part, Time, parse
from rules_codspeed.importing.found import Found, ResultsFile, Timed, joined, shortened
from rules_codspeed.importing.rounds import metrics_of
from rules_codspeed.importing.units import UnitError, time_unit

_TOOL = "cargo criterion --message-format=json"
_COMPLETE = "benchmark-complete"


class _Message(Part):
    reason: str


class _Complete(Part):
    id: Name
    iteration_count: list[Iterations] = Field(min_length=1, max_length=1 << 20)
    measured_values: list[Time] = Field(max_length=1 << 20)
    unit: str


_MESSAGE, _BENCHMARK = TypeAdapter(_Message), TypeAdapter(_Complete)


def read(files: Sequence[ResultsFile]) -> Found:
    """Reads the results.

    Raises:
      CodSpeedError: a line has another form.
    """
    return joined([_read(file) for file in files], files)


def _read(file: ResultsFile) -> Found:
    found = []
    for number, line in enumerate(file.read().split(b"\n"), start=1):
        if line.strip():
            place = f"line {number}"
            if parse(_MESSAGE, line, file, _TOOL, place=place).reason == _COMPLETE:
                message = parse(_BENCHMARK, line, file, _TOOL, place=place)
                found.append(_timed(file, place, message))
    return Found(found)


def _timed(file: ResultsFile, place: str, message: _Complete) -> Timed:
    try:
        rounds, iterations = sample_rounds(
            file, message.iteration_count, message.measured_values, time_unit(message.unit)
        )
    except UnitError as error:
        raise file.refused(
            f"{place} ({shortened(message.id)!r}): {error}",
            "measurements of time",
            "leave out benchmarks that measure something else",
        ) from error
    return Timed(message.id, metrics_of([rounds], iterations), [rounds], f"{place} of {file.name}")
