"""Validates results on reading, and states their JSON schema. The only module here on pydantic."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from rules_codspeed.contract.validation import validation_faults
from rules_codspeed.results.model import SCHEMA, Results
from rules_codspeed.results.values import is_number, shown

_RESULTS = TypeAdapter(Results)


class SchemaError(ValueError):
    """A document is none of this version's results."""


def parse_results(document: bytes | str) -> Results:
    """Parses and validates a results document.

    Raises:
      SchemaError: it is no document of the schema; one line per fault.
    """
    try:
        results = _RESULTS.validate_json(document, strict=True)
    except ValidationError as error:
        raise SchemaError("\n".join(validation_faults(error, show_input=True))) from error
    if faults := list(_no_numbers(results)):
        raise SchemaError("\n".join(faults))
    return results


def _no_numbers(results: Results) -> Iterator[str]:
    """Yields the places of NaN, infinity and what no `float` can hold: pydantic accepts them."""
    for index, one in enumerate(results.benchmarks):
        for name, value in one.metrics.items():
            if not is_number(value):
                yield f"benchmarks[{index}].metrics.{name}: {shown(value)} is no finite number"
        if not all(is_number(time) for times in one.rounds_ns for time in times):
            yield f"benchmarks[{index}].rounds_ns: a time is no finite number"
    for index, how in enumerate(results.provenance):
        if how.walltime and not is_number(how.walltime.machine.load):
            yield f"provenance[{index}].walltime.machine.load is no finite number"


def json_schema() -> str:
    """Returns the JSON schema of a results document, as the file beside this one holds it."""
    schema = _RESULTS.json_schema()
    schema = {"$schema": GenerateJsonSchema.schema_dialect, "title": SCHEMA, **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
