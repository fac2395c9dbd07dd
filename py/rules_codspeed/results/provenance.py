"""Reads provenance.json, as the measuring drivers write it.

Simulation has a `simulator` and no `walltime`; walltime has `simulator: null` and `walltime`.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from rules_codspeed.contract.modes import MODES
from rules_codspeed.results.model import Provenance
from rules_codspeed.results.values import is_number, is_text, shown

_NAMES = {
    str: "Unicode text",
    int: "whole number",
    float: "finite number",
    bool: "true or false",
    list: "list",
    dict: "object",
}


def parse_provenance(text: str) -> Provenance:
    """Parses the document.

    Raises:
      ValueError: it is no JSON object with exactly the fields of `Provenance`, of their types,
        or it states another way to measure than its mode.
    """
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise ValueError("too many levels") from error
    provenance: Provenance = _object(document, Provenance, Provenance.__name__)
    told = {"simulation": provenance.simulator, "walltime": provenance.walltime}
    if provenance.mode not in MODES:
        raise ValueError(f"Provenance.mode is {provenance.mode!r}, none of {', '.join(MODES)}")
    for mode, how in told.items():
        if (how is not None) != (mode == provenance.mode):
            field = "simulator" if mode == "simulation" else mode
            wrong = "missing from" if how is None else "of no use to"
            raise ValueError(f"Provenance.{field} is {wrong} mode {provenance.mode}")
    return provenance


def _object(value: object, model: type[Any], where: str) -> Any:
    """Returns an instance of a dataclass for a JSON object with its fields."""
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no JSON object")
    known = {one.name: one for one in fields(model)}
    required = {name for name, one in known.items() if not _has_default(one)}
    differing = (value.keys() - known.keys()) | (required - value.keys())
    if differing:
        raise ValueError(f"{where} has missing or unknown fields: {', '.join(sorted(differing))}")
    kinds = get_type_hints(model)
    return model(
        **{name: _value(one, kinds[name], f"{where}.{name}") for name, one in value.items()}
    )


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _value(value: object, kind: Any, where: str) -> Any:
    """Returns a JSON value as the type of a field wants it.

    Raises:
      ValueError: it is of another type; nothing is converted but whole numbers to `float`.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        if value is None and NoneType in arguments:
            return None
        (kind,) = (one for one in arguments if one is not NoneType)
        return _value(value, kind, where)
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(value, kind, where)
    if origin is list and isinstance(value, list):
        return [_value(one, arguments[0], f"{where}[{i}]") for i, one in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {
            _value(name, str, where): _value(one, arguments[1], f"{where}.{name}")
            for name, one in value.items()
        }
    if origin is Literal and any(type(value) is type(one) and value == one for one in arguments):
        return value
    right = (
        is_number(value)
        if kind is float
        else is_text(value)
        if kind is str
        else type(value) is kind
    )
    if not right:
        raise ValueError(f"{where} is {shown(value)}, no {_name(kind, origin, arguments)}")
    return value


def _name(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> str:
    """Returns how a type is called in an error."""
    if origin is Literal:
        return " or ".join(map(repr, arguments))
    return _NAMES[origin or kind]
