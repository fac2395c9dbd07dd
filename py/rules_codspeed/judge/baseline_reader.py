"""Reads the baseline. People edit and merge it, so each field is validated."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    TypeAdapter,
)

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import Form, parse_json
from rules_codspeed.judge.accepted import Accepted
from rules_codspeed.judge.baseline import Baseline, Functions
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.schema import Number


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("Input should be a text that is not empty")
    return text


def _day(text: object) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise ValueError("Input should be a day such as 2027-01-31") from None


def _mode(name: str) -> str:
    if name not in MODES:
        raise ValueError(f"Input should be one of {', '.join(MODES)}")
    return name


def _accepted_once(lines: list[_Accepted]) -> list[_Accepted]:
    once = set[tuple[str, str]]()
    for line in lines:
        if (line.benchmark, line.metric) in once:
            raise ValueError(f"{line.metric} of {line.benchmark} is accepted twice")
        once.add((line.benchmark, line.metric))
    return lines


def _targets_once(targets: list[_Target]) -> list[_Target]:
    once = set[tuple[str, str]]()
    for target in targets:
        if (target.label, target.mode) in once:
            raise ValueError(f"the target {target.label} ({target.mode}) occurs twice")
        once.add((target.label, target.mode))
    return targets


_Words = Annotated[str, AfterValidator(_words)]
_Day = Annotated[datetime.date, PlainValidator(_day)]
_Count = Annotated[int, Field(ge=0, lt=10**21)]


class _Accepted(Form):
    """A change that is accepted."""

    benchmark: _Words
    metric: _Words
    most: Number
    until: _Day
    reason: _Words


class _Benchmark(Form):
    """What the file holds of a benchmark."""

    metrics: dict[str, Number]
    rounds_ns: list[list[Number]]
    functions: dict[str, dict[str, _Count]]


class _Target(Form):
    """What the file holds of a target."""

    label: str
    mode: Annotated[str, AfterValidator(_mode)]
    conditions: dict[str, str]
    benchmarks: dict[str, _Benchmark]


class _Document(Form):
    """The whole file."""

    schema_: Literal["rules_codspeed.baseline/1"] = Field(alias="schema")
    accepted: Annotated[list[_Accepted], AfterValidator(_accepted_once)]
    targets: Annotated[list[_Target], AfterValidator(_targets_once)]


_DOCUMENT = TypeAdapter(_Document)


def read_baseline(path: Path, source: str) -> Baseline:
    """Reads a baseline.

    Args:
      path: the file.
      source: what to call it in errors.

    Raises:
      CodSpeedError: it is not a baseline, or cannot be read.
    """
    try:
        return parse_baseline(read_document(path))
    except (OSError, DocumentError) as error:
        raise CodSpeedError(
            f"the baseline {source} cannot be used",
            got=str(error).partition("\n")[0],
            expected="what an update wrote",
            fix="correct what is named, or remove the file and run the update anew",
        ) from error


def parse_baseline(content: bytes | str) -> Baseline:
    """Parses the content of a baseline.

    Raises:
      DocumentError: it is not a baseline; a line a fault, with its place.
    """
    document = parse_json(_DOCUMENT, content, document="the document", show_input=True)
    benchmarks: dict[Key, Recorded] = {}
    functions: dict[Key, Functions] = {}
    for target in document.targets:
        for uri, one in target.benchmarks.items():
            key = (target.label, target.mode, uri)
            benchmarks[key] = Recorded(one.metrics, one.rounds_ns, target.conditions)
            functions[key] = one.functions
    accepted = tuple(
        Accepted(one.benchmark, one.metric, one.most, one.until, one.reason)
        for one in document.accepted
    )
    return Baseline(accepted, benchmarks, functions)
