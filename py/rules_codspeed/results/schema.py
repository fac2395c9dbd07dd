"""Validates results on reading, and tells their JSON schema. The only module here on pydantic."""

from __future__ import annotations

import json

from pydantic import TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from rules_codspeed.results.model import SCHEMA, Results

_RESULTS = TypeAdapter(Results)


class SchemaError(ValueError):
    """A document is none of this version's results."""


def parse_results(document: bytes | str) -> Results:
    """Parses and validates a results document.

    Raises:
      SchemaError: it is no document of the schema; one line per fault.
    """
    try:
        return _RESULTS.validate_json(document, strict=True)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'document'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise SchemaError("\n".join(faults)) from error


def json_schema() -> str:
    """Returns the JSON schema of a results document, as the file beside this one holds it."""
    schema = _RESULTS.json_schema()
    schema = {"$schema": GenerateJsonSchema.schema_dialect, "title": SCHEMA, **schema}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
