"""What is printed of pydantic's faults: the path, what was got, and nothing that must not be."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import (
    parse_json,
    validation_faults,
)


@dataclass
class _One:
    size: int

    @field_validator("size")
    @classmethod
    def _even(cls, size: int) -> int:
        if size % 2:
            raise ValueError("it is odd")
        return size


class _Cat(BaseModel):
    kind: Literal["cat"]


class _Dog(BaseModel):
    kind: Literal["dog"]


_DOCUMENT = TypeAdapter(dict[str, list[_One]])


def _faults(text: str, show_input: bool) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        _DOCUMENT.validate_json(text, strict=True)
    return validation_faults(caught.value, document="the file", show_input=show_input)


@pytest.mark.parametrize(
    ("text", "fault", "got"),
    [
        ("7", "the file: Input should be an object", ", got 7"),
        ('{\n"a"}', "the file: Invalid JSON: expected `:` at line 2 column 4", ""),
        ('{"a"}', "the file: Invalid JSON: expected `:` at line 1 column 5", ""),
        ('{"a": [{"size": "2"}]}', "a[0].size: Input should be a valid integer", ", got '2'"),
        ('{"a": [{"size": null}]}', "a[0].size: Input should be a valid integer", ", got None"),
        ('{"a": [{"size": [2]}]}', "a[0].size: Input should be a valid integer", ""),
        ('{"a": [{"size": 3}]}', "a[0].size: it is odd", ", got 3"),
        ('{"a": [{}]}', "a[0].size: Field required", ""),
        (r'{"\u001b": 0}', r"\x1b: Input should be a valid array", ", got 0"),
        (f'{{"{"k" * 999}": 0}}', f"{'k' * 300}...: Input should be a valid array", ", got 0"),
        (f'{{"a": "{"v" * 99}"}}', "a: Input should be a valid array", f", got '{'v' * 79}..."),
    ],
)
def test_one_line_a_fault(text: str, fault: str, got: str) -> None:
    assert _faults(text, show_input=True) == [fault + got]
    assert _faults(text, show_input=False) == [fault]


def test_all_faults_in_order() -> None:
    assert _faults('{"a": [{"size": 2}, {"size": 1}], "b": 0}', show_input=False) == [
        "a[1].size: it is odd",
        "b: Input should be a valid array",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": [{"size": 2, "x": NaN}]}', "a[0].x: NaN is not a number of JSON"),
        ('{"a": [{"size": 2, "x": [1, -Infinity]}]}', "a[0].x[1]: -Infinity is not a number"),
        ('{"a": [{"size": 2, "size": 4}]}', "a[0]: the key 'size' occurs twice"),
        ('{"a": [], "b": [], "a": []}', "the file: the key 'a' occurs twice"),
        ('{"\\u001b": [], "\\u001b": []}', r"the file: the key '\x1b' occurs twice"),
        ('{"a": [{"size": 2}], "a": [{"size": 4}]}', "the file: the key 'a' occurs twice"),
        ('{"a": ' + "[" * 100_000, "the file: more than 127 levels"),
        ('{"a"', "the file: not JSON: Expecting ':' delimiter: line 1 column 5"),
        (b'{"\xff": []}', "the file: not JSON: byte 2 is not UTF-8"),
        (b'\xef\xbb\xbf{"a": []}', "the file: not JSON: Unexpected UTF-8 BOM"),
    ],
)
def test_documents_that_pydantic_alone_would_read_are_refused_too(
    text: str | bytes, fault: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_json(_DOCUMENT, text, document="the file")
    assert str(caught.value).startswith(fault)
    assert "\n" not in str(caught.value)


def test_messages_are_bounded() -> None:
    """Pydantic repeats the input in some of them."""
    form = TypeAdapter(Annotated[_Cat | _Dog, Field(discriminator="kind")])
    with pytest.raises(DocumentError) as caught:
        parse_json(form, '{"kind": "%s"}' % ("x" * 10_000))
    assert str(caught.value).startswith("the document: Input tag 'xxx")
    assert len(str(caught.value)) < 400


def test_a_list_ends_at_its_first_fault() -> None:
    """Each fault takes a kilobyte of memory."""
    with pytest.raises(DocumentError) as caught:
        parse_json(_DOCUMENT, '{"a": [' + "0," * 300_000 + '0], "b": [1]}')
    assert str(caught.value).startswith("a[0]: ")
    assert str(caught.value).count("\n") < 2
