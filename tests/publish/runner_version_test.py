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
        ("5.8.0", 10, True),
    ],
)
def test_schema_and_numbers(text: str, schema: int, signed: bool) -> None:
    runner = parse_runner_version(text)
    assert runner.version == text.lstrip("v")
    assert (runner.metadata_schema, runner.signed_exponents) == (schema, signed)


def test_default() -> None:
    assert DEFAULT.version == "5.1.0"


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("5.0.3", "5.0.2"),
        ("6.0.0", "5.8.0"),
        ("4.8.2", "4.9.0"),
        ("", "5.1.0"),
        ("5", "5.1.0"),
        ("5.0.2-alpha.1", "5.1.0"),
        ("5.0.2\n", "5.1.0"),
    ],
)
def test_error_of_an_unknown_version_names_the_nearest(text: str, close: str) -> None:
    with pytest.raises(PublishError) as caught:
        parse_runner_version(text)
    assert str(caught.value) == (
        f"unknown runner version. Got: {text!r}. Expected: a release from 4.9.0 to 5.8.0; the "
        f"nearest is {close} (metadata 8 from 4.9.0, 9 from 4.12.0, 10 from 4.14.0). Fix: pass "
        f"--runner-version={close}, or leave it out for 5.1.0."
    )


@given(st.text())
def test_any_text(text: str) -> None:
    try:
        version = parse_runner_version(text)
    except PublishError:
        return
    assert text.lstrip("v")
    assert parse_runner_version(version.version) == version
