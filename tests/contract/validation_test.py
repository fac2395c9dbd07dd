"""What is printed of pydantic's faults: the path, what was got, and nothing that must not be."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError, field_validator
from pydantic.dataclasses import dataclass

from rules_codspeed.contract.validation import validation_faults


@dataclass
class _One:
    size: int

    @field_validator("size")
    @classmethod
    def _even(cls, size: int) -> int:
        if size % 2:
            raise ValueError("it is odd")
        return size


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
