"""Reads JSON into typed records, strictly, and writes records as JSON.

A record is a class with annotated fields: a named tuple where a measuring driver needs it to
start, a dataclass elsewhere. Each field must be there, known and of its type; one that has a
default may be missing. Nothing is converted, but a whole number also is a `float`. Types of fields
are those of JSON, records, `Literal`, `list`, `dict`, `Any`, and each of them `| None`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from rules_codspeed.contract.strict_json import DocumentError, bounded, load_json
from rules_codspeed.contract.values import is_number, is_text, shown

Record = TypeVar("Record")

_LONGEST_PLACE = 300  # characters

_NAMES = {
    str: "Unicode text",
    int: "a whole number",
    float: "a finite number",
    bool: "true or false",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}


def parse_record(model: type[Record], text: str | bytes) -> Record:
    """Makes a record of a JSON document.

    Args:
      model: the class of the record.
      text: the document.

    Raises:
      DocumentError: it is not JSON as `load_json` takes it, or see `read_record`.
    """
    return read_record(model, load_json(text))


def read_record(model: type[Record], value: object) -> Record:
    """Makes a record of a JSON object.

    Args:
      model: the class of the record.
      value: as the module `json` returns it.

    Raises:
      DocumentError: a field is missing, unknown or of the wrong type.
    """
    found: Record = _record(model, value, "")
    return found


def document(value: object) -> Any:
    """Returns what the module `json` writes, with an object for each record."""
    if isinstance(value, Mapping):
        return {key: document(one) for key, one in value.items()}
    kind: Any = type(value)
    if _is_record(kind):
        return {name: document(getattr(value, name)) for name in _kinds(kind)}
    if isinstance(value, list | tuple):
        return [document(one) for one in value]
    return value


def write_document(path: str, value: object) -> None:
    """Writes a record, or any other value, as a JSON document.

    Raises:
      OSError: it cannot be written.
    """
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document(value), file, indent=1, ensure_ascii=False)
        file.write("\n")


def among(field: str, value: object, allowed: tuple[object, ...]) -> None:
    """Raises DocumentError if a value is none of those."""
    if value not in allowed:
        raise DocumentError(
            f"field {field} is {shown(value)}, not one of {', '.join(map(str, allowed))}"
        )


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (
        hasattr(kind, "__dataclass_fields__") or (issubclass(kind, tuple) and kind is not tuple)
    )


@cache
def _kinds(model: Any) -> dict[str, Any]:
    """Returns the types of the fields of a record, by name and in order."""
    return get_type_hints(model)


@cache
def _required(model: Any) -> frozenset[str]:
    """Returns the names of the fields that have no default."""
    make = model.__new__ if issubclass(model, tuple) else vars(model)["__init__"]
    names = list(_kinds(model))
    return frozenset(names[: len(names) - len(make.__defaults__ or ())])


def _record(model: Any, value: object, where: str) -> Any:
    """Returns a record; `where` is its path in the document, empty for the whole."""
    if not isinstance(value, dict):
        raise _wrong(value, where, "an object")
    known, required = _kinds(model), _required(model)
    below = f"{where}." if where else ""
    for name in sorted(value.keys() ^ known.keys(), key=str):
        if name in value:
            raise DocumentError(f"unknown field {_shown(below + name)}")
        if name in required:
            raise DocumentError(f"missing field {_shown(below + name)}")
    return model(
        **{
            name: _value(kind, value[name], below + name)
            for name, kind in known.items()
            if name in value
        }
    )


def _value(kind: Any, value: object, where: str) -> Any:
    """Returns a JSON value as the type of a field wants it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin is UnionType:
        if value is None and NoneType in arguments:
            return None
        (kind,) = (one for one in arguments if one is not NoneType)
        return _value(kind, value, where)
    if _is_record(kind):
        return _record(kind, value, where)
    if origin is list and isinstance(value, list):
        return [_value(arguments[0], one, f"{where}[{i}]") for i, one in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {
            _text(name, f"name in {where}"): _value(arguments[1], one, f"{where}.{name}")
            for name, one in value.items()
        }
    if origin is Literal and any(type(value) is type(one) and value == one for one in arguments):
        return value
    if kind is str:
        return _text(value, where)
    if not (is_number(value) if kind is float else type(value) is kind):
        raise _wrong(value, where, _name(kind, origin, arguments))
    return value


def _text(value: object, where: str) -> object:
    """Returns a text that a file, a command line and a terminal can hold."""
    if not is_text(value):
        raise _wrong(value, where, _NAMES[str])
    if isinstance(value, str) and "\0" in value:
        raise DocumentError(f"field {_shown(where)} is {shown(value)}, with a NUL")
    return value


def _wrong(value: object, where: str, expected: str) -> DocumentError:
    subject = f"field {_shown(where)}" if where else "the document"
    return DocumentError(f"{subject} is {shown(value)}, not {expected}")


def _shown(where: str) -> str:
    """Returns a place in a document for people: whoever wrote it chose the names."""
    return bounded(where, _LONGEST_PLACE)


def _name(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> str:
    """Returns how a type is called in an error."""
    if origin is Literal:
        return " or ".join(map(repr, arguments))
    return _NAMES[origin or kind]
