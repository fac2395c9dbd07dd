"""Reads JSON objects into named tuples, strictly: each field there, known and of its type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class FieldError(Exception):
    """A field cannot be used; the message names it."""


def read_record(
    model: type[Any], value: object, inner: Mapping[str, type[Any]], where: str = ""
) -> Any:
    """Makes a named tuple of a JSON object that has exactly its fields.

    Args:
      model: the named tuple. Its annotations are texts, of the types that `_typed` knows.
      value: what JSON holds.
      inner: the named tuples that a field may hold instead of null, by name.
      where: path of the object in the document, with a dot at its end; empty for the whole.

    Raises:
      FieldError: a field is missing, unknown or of the wrong type.
    """
    if not isinstance(value, dict):
        raise FieldError(f"{where or 'the document'} is no object")
    declared = {
        name: kind if isinstance(kind, str) else kind.__forward_arg__
        for name, kind in model.__annotations__.items()
    }
    for key in sorted(value.keys() ^ declared.keys()):
        state = "unknown" if key in value else "missing"
        raise FieldError(f"{state} field {where}{key}")
    return model(
        **{key: _typed(kind, value[key], inner, where + key) for key, kind in declared.items()}
    )


def _typed(kind: str, value: Any, inner: Mapping[str, type[Any]], where: str) -> Any:
    """Checks a value against the annotation of its field."""
    if kind.endswith(" | None"):
        if value is None:
            return None
        return read_record(inner[kind.split(" ")[0]], value, inner, where + ".")
    good = {
        "str": is_text(value),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "list[str]": isinstance(value, list) and all(map(is_text, value)),
        "dict[str, str]": isinstance(value, dict) and all(map(is_text, value.values())),
    }
    if not good[kind]:
        raise FieldError(f"field {where} is not of type {kind}: {json.dumps(value)[:100]}")
    return value


def is_text(value: object) -> bool:
    """Whether a value is text that a command line can hold."""
    return isinstance(value, str) and "\0" not in value


def among(field: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raises FieldError if a value is none of those."""
    if value not in allowed:
        raise FieldError(f"field {field} is {value!r}, none of {', '.join(map(str, allowed))}")
