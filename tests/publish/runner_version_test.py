"""Which versions of the official runner we speak as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import DEFAULT, parse_runner_version


@pytest.mark.parametrize(
    ("text", "schema", "signed"),
    [
        ("4.9.0", 8, False),
        ("4.11.0", 8, False),
        ("v4.11.1", 8, False),
        ("4.12.0", 9, False),
        ("4.13.0", 9, False),
        ("4.14.0", 10, False),
        ("4.16.2", 10, False),
        ("4.17.0", 10, True),
        ("5.0.2", 10, True),
    ],
)
def test_schema_and_numbers(text: str, schema: int, signed: bool) -> None:
    runner = parse_runner_version(text)
    assert runner.version == text.lstrip("v")
    assert (runner.metadata_schema, runner.signed_exponents) == (schema, signed)


def test_default_is_the_newest_known() -> None:
    assert DEFAULT.version == "5.0.2"


@pytest.mark.parametrize("text", ["5.0.3", "6.0.0", "4.8.2", "", "5", "5.0.2-alpha.1", "5.0.2\n"])
def test_error_of_an_unknown_version_names_the_range(text: str) -> None:
    with pytest.raises(PublishError, match=r"Expected: 4\.9\.0 to 5\.0\.2 ") as caught:
        parse_runner_version(text)
    assert repr(text) in str(caught.value)


@given(st.text())
def test_any_text(text: str) -> None:
    try:
        version = parse_runner_version(text)
    except PublishError:
        return
    assert text.lstrip("v")
    assert parse_runner_version(version.version) == version
