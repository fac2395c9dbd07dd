"""JSON from outside, validated by pydantic; what is wrong with it, for people: one line a fault.

Apart from the rest of this room, which needs the standard library only.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, SchemaValidator

from rules_codspeed.contract.strict_json import DocumentError, bounded, load_json, place

_LONGEST_INPUT = 80  # characters
_LONGEST_MESSAGE = 300  # characters; some repeat the input

_Document = TypeVar("_Document")


class Form(BaseModel):
    """An object of a document: just these fields, and no value of another type."""

    model_config = ConfigDict(strict=True, extra="forbid")


def parse_json(
    form: TypeAdapter[_Document],
    content: bytes | str,
    *,
    document: str = "the document",
    show_input: bool = False,
) -> _Document:
    """Parses and validates a JSON document, more strictly than pydantic alone.

    Args:
      form: of the document. Values are not converted from other types.
      content: of the file; UTF-8.
      document: stands for the path where the whole document is wrong.
      show_input: whether errors show a wrong value. Not for documents that hold a secret.

    Raises:
      DocumentError: it does not have that form, of each list and object the first fault; or it is
        not JSON as `load_json` takes it.
    """
    load_json(content, document=document)
    try:
        parsed: _Document = _bounded_validator(form).validate_json(content, strict=True)
        return parsed
    except ValidationError as error:
        faults = validation_faults(error, document=document, show_input=show_input)
        raise DocumentError("\n".join(faults)) from error


@cache
def _bounded_validator(form: TypeAdapter[Any]) -> SchemaValidator:
    """Returns a validator that ends a list or an object at its first fault.

    Pydantic reports each, and takes a kilobyte of memory for it: a document may have millions.
    """
    return SchemaValidator(cast(CoreSchema, _failing_fast(form.core_schema)))


def _failing_fast(schema: Any) -> Any:
    if isinstance(schema, dict):
        inner = {name: _failing_fast(one) for name, one in schema.items()}
        return {**inner, "fail_fast": True} if schema.get("type") in ("list", "dict") else inner
    return [_failing_fast(one) for one in schema] if isinstance(schema, list) else schema


def validation_faults(
    error: ValidationError, *, document: str = "document", show_input: bool = False
) -> list[str]:
    """Returns what is wrong, such as `targets[0].label: Field required`; fit for a terminal.

    Args:
      error: what pydantic raised.
      document: stands for the path where the whole document is wrong.
      show_input: adds a wrong value, such as `, got 7`. Not for documents that hold a secret.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=show_input)
    return [
        f"{place(fault['loc']) or document}: {_message(fault['msg'])}"
        # Where it is not JSON, the input is the whole document.
        f"{_got(fault['input']) if show_input and fault['type'] != 'json_invalid' else ''}"
        for fault in faults
    ]


def _message(text: str) -> str:
    return bounded(text.removeprefix("Value error, "), _LONGEST_MESSAGE)


def _got(value: object) -> str:
    """Returns a scalar as Python writes it: whole objects explain nothing."""
    if value is not None and not isinstance(value, str | int | float):
        return ""
    try:
        text = repr(value)
    except ValueError:  # more digits than Python writes
        return ", got a number of very many digits"
    return f", got {bounded(text, _LONGEST_INPUT)}"
