"""Validates results on reading, and states their JSON schema. The only module here on pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from pydantic import PlainValidator, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.contract.values import is_measured, is_number, shown
from rules_codspeed.results.model import SCHEMA, Results

_RESULTS = TypeAdapter(Results)
_NOT_MEASURED = "Input should be a number from 0 to below 10^21"


def _measured(value: object) -> int | float:
    if not is_measured(value):
        raise ValueError(_NOT_MEASURED)
    return value


Number = Annotated[int | float, PlainValidator(_measured)]
"""Field of a pydantic model: a number that can have been measured."""


def parse_results(document: bytes | str) -> Results:
    """Parses and validates a results document.

    Raises:
      DocumentError: it is not a document of the schema; one line per fault.
    """
    results = parse_json(_RESULTS, document, show_input=True)
    if faults := list(_not_measured(results)):
        raise DocumentError("\n".join(faults))
    return results


def _not_measured(results: Results) -> Iterator[str]:
    """Yields the places of numbers that nothing measures: the model's types accept them."""
    for index, one in enumerate(results.benchmarks):
        for name, value in one.metrics.items():
            if not is_measured(value):
                place = printable(f"benchmarks[{index}].metrics.{name}")
                yield f"{place}: {_NOT_MEASURED}, got {shown(value)}"
        if not all(is_measured(time) for times in one.rounds_ns for time in times):
            yield f"benchmarks[{index}].rounds_ns: a time is not a number from 0 to below 10^21"
        if one.timeline and not all(map(is_measured, (one.timeline.step, *one.timeline.live))):
            yield f"benchmarks[{index}].timeline: {_NOT_MEASURED}"
    for index, how in enumerate(results.provenance):
        if how.walltime and not is_number(how.walltime.machine.load):
            yield f"provenance[{index}].walltime.machine.load is not a finite number"


def json_schema() -> str:
    """Returns the JSON schema of a results document, as the file beside this one holds it."""
    schema = _RESULTS.json_schema()
    schema = {"$schema": GenerateJsonSchema.schema_dialect, "title": SCHEMA, **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
