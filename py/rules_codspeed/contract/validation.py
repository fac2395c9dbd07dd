"""JSON from outside, validated by pydantic; what is wrong with it, for people: one line a fault.

Apart from the rest of this room, which needs the standard library only.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rules_codspeed.contract.escaping import printable

_LONGEST_PATH = 300  # characters
_LONGEST_INPUT = 80  # characters

_Document = TypeVar("_Document")
_Location = tuple[int | str, ...]


class Form(BaseModel):
    """An object of a document: just these fields, and no value of another type."""

    model_config = ConfigDict(strict=True, extra="forbid")


class DocumentError(ValueError):
    """A document does not have the form that its reader expects. The message has a line a fault.

    Whoever reads the document catches it, and adds where it is and the next step.
    """


def read_document(path: Path) -> bytes:
    """Returns the content of a file. Whoever opens a pipe waits for another program to write.

    Raises:
      DocumentError: it is not a regular file.
      OSError: it cannot be read.
      ValueError: its name has a byte 0.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DocumentError("it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def parse_json(
    form: TypeAdapter[_Document],
    content: bytes | str,
    *,
    document: str = "document",
    show_input: bool = False,
) -> _Document:
    """Parses and validates a JSON document, more strictly than pydantic alone.

    Args:
      form: of the document. Values are not converted from other types.
      content: of the file; UTF-8.
      document: stands for the path where the whole document is wrong.
      show_input: whether errors show a wrong value. Not for documents that hold a secret.

    Raises:
      DocumentError: it does not have that form, is not JSON, has a number that JSON does not know
        (NaN, Infinity), or an object has a key twice.
    """
    try:
        parsed = form.validate_json(content, strict=True)
    except ValidationError as error:
        faults = validation_faults(error, document=document, show_input=show_input)
        raise DocumentError("\n".join(faults)) from error
    # Valid, so not deeply nested. Long numbers are not converted: some may be left out of the form.
    again = json.loads(
        content,
        object_pairs_hook=_members,
        parse_constant=_Constant,
        parse_float=len,
        parse_int=len,
    )
    faults = [f"{_path(location) or document}: {fault}" for location, fault in _oddities(again, ())]
    if faults:
        raise DocumentError("\n".join(faults))
    return parsed


class _Constant(str):
    """A number that JSON does not know, which Python and pydantic read."""


class _Repeated(dict[str, object]):
    """An object that has a key twice."""

    key: str


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeated = _Repeated(members)
    counts = Counter(key for key, _ in pairs)
    repeated.key = next(key for key, count in counts.items() if count > 1)
    return repeated


def _oddities(value: object, location: _Location) -> Iterator[tuple[_Location, str]]:
    if isinstance(value, _Constant):
        yield location, f"{value} is not a number of JSON"
    if isinstance(value, _Repeated):
        yield location, f"the key {_bounded(repr(value.key), _LONGEST_INPUT)} occurs twice"
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _oddities(one, (*location, key))
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _oddities(one, (*location, index))


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
        f"{_path(fault['loc']) or document}: {_message(fault['msg'])}"
        # Where it is not JSON, the input is the whole document.
        f"{_got(fault['input']) if show_input and fault['type'] != 'json_invalid' else ''}"
        for fault in faults
    ]


def _path(location: _Location) -> str:
    steps = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in location)
    return _bounded("".join(steps).removeprefix("."), _LONGEST_PATH)


def _message(text: str) -> str:
    return printable(text).removeprefix("Value error, ")


def _got(value: object) -> str:
    """Returns a scalar as Python writes it: whole objects explain nothing."""
    if value is not None and not isinstance(value, str | int | float):
        return ""
    try:
        text = repr(value)
    except ValueError:  # more digits than Python writes
        return ", got a number of very many digits"
    return f", got {_bounded(text, _LONGEST_INPUT)}"


def _bounded(text: str, longest: int) -> str:
    start = printable(text[:longest])
    return start if len(text) <= longest and len(start) <= longest else f"{start[:longest]}..."
