"""The JSON that a server answers; how much it is, is known before it is parsed."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from rules_codspeed.contract.validation import validation_faults

MOST_VALUES = 1 << 18
"""Members and elements of a document. A run of 10,000 benchmarks has fewer; parsed, an empty list
of two bytes takes hundreds."""

_SHOWN_FAULTS = 3

_Form = TypeVar("_Form", bound=BaseModel)


class AnswerError(ValueError):
    """A body is not the JSON that was expected; whoever sent the request catches it.

    The message shows nothing of the body, which may hold a secret.
    """


def parse_answer(form: type[_Form], body: bytes) -> _Form:
    """Parses the body of an answer.

    Pydantic's parser bounds the depth of a document and the digits of its numbers.

    Raises:
      AnswerError: it has too many values, is not JSON, or not of that form.
    """
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise AnswerError(f"more than {MOST_VALUES} values")
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        raise AnswerError(", ".join(validation_faults(error)[:_SHOWN_FAULTS])) from None
