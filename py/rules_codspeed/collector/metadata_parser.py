"""Parses what is sent to `POST /upload`, as strictly as the runner writes it (spec: upload 4)."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from rules_codspeed.collector.compact_json import parse_compact
from rules_codspeed.collector.errors import Refusal
from rules_codspeed.collector.metadata import Metadata, Since
from rules_codspeed.collector.metadata_rules import find_faults
from rules_codspeed.contract.validation import validation_faults

_RUN_ID_LENGTH = 24  # digits of the run hash
_SHOWN_FAULTS = 5


def run_hash(body: bytes) -> str:
    """Returns the run hash of a document (spec: upload 4.4)."""
    return hashlib.sha256(body).hexdigest()


def run_id(body: bytes) -> str:
    """Returns the identity of a run here: equal metadata is the same run, however often sent."""
    return run_hash(body)[:_RUN_ID_LENGTH]


def parse_metadata(body: bytes) -> Metadata:
    """Parses the metadata of a run; keys, their order, types and values are checked.

    Raises:
      Refusal: 400, it is not compact JSON; 422, keys, their order, types or values are wrong.
    """
    document = parse_compact(body)
    try:
        metadata = Metadata.model_validate(document)
    except ValidationError as error:
        raise _refusal(validation_faults(error, document="the metadata")) from error
    _check_keys(metadata, document, metadata.version, "the metadata")
    faults = list(find_faults(metadata))
    if faults:
        raise _refusal(faults)
    return metadata


def _refusal(faults: list[str]) -> Refusal:
    return Refusal(422, "; ".join(faults[:_SHOWN_FAULTS]))


def _check_keys(part: BaseModel, document: dict[str, Any], version: int, place: str) -> None:
    """Raises a Refusal unless an object has the keys of its schema in their order."""
    fields = type(part).model_fields
    expected = [field.alias for field in fields.values() if _expected(field, document, version)]
    if list(document) != expected:
        raise _refusal(
            [f"keys of {place} in schema {version}: {list(document)}, expected {expected}"]
        )
    for name, field in fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel) and field.alias:
            _check_keys(value, document[field.alias], version, field.alias)


def _expected(field: FieldInfo, document: dict[str, Any], version: int) -> bool:
    since = next((mark for mark in field.metadata if isinstance(mark, Since)), Since(0))
    return version >= since.version and (not since.optional or field.alias in document)
