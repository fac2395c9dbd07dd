"""Secrets are not shown, copied or pickled; tokens are read from any text."""

from __future__ import annotations

import copy
import pickle
import traceback
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.auth.secret import Secret, parse_token, redact
from rules_codspeed.publish.errors import PublishError

TEXT = "s3cr3t-t0ken"


@dataclass
class Holder:
    token: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(TEXT)),
        repr(Secret(TEXT)),
        f"{Secret(TEXT)}",
        f"{Secret(TEXT)!r:>20}",
        f"{Secret(TEXT):>20}",
        "%s" % Secret(TEXT),  # noqa: UP031
        str([Secret(TEXT)]),
        str(Holder(Secret(TEXT))),
    ],
)
def test_is_never_shown(shown: str) -> None:
    assert TEXT not in shown
    assert "***" in shown


def test_reveal_gives_it() -> None:
    assert Secret(TEXT).reveal() == TEXT


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_refuses_copies(duplicate: object) -> None:
    assert callable(duplicate)
    with pytest.raises(TypeError, match="neither pickled nor copied") as caught:
        duplicate(Holder(Secret(TEXT)).token)
    assert TEXT not in "".join(traceback.format_exception(caught.value))


def test_equal_secrets_are_equal() -> None:
    assert Secret(TEXT) == Secret(TEXT)
    assert hash(Secret(TEXT)) == hash(Secret(TEXT))
    assert Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n", f"  {TEXT}\r\n"])
def test_token_is_read_without_white_space(text: str) -> None:
    assert parse_token(text, "a file") == Secret(TEXT)


@pytest.mark.parametrize("text", ["", " \n", "\t"])
def test_empty_token_is_none(text: str) -> None:
    assert parse_token(text, "a file") is None


@given(st.text())
def test_any_text_is_a_token_that_a_header_can_hold_or_an_error_that_hides_it(text: str) -> None:
    stripped = text.strip()
    if stripped.isascii() and stripped.isprintable():
        token = parse_token(text, "standard input")
        assert (token.reveal() if token else "") == stripped
    else:
        with pytest.raises(PublishError, match="standard input") as caught:
            parse_token(text, "standard input")
        assert stripped not in str(caught.value)


def test_redacts_the_longest_first() -> None:
    assert redact("x abcdef abc y", ["abc", "abcdef", ""]) == "x *** *** y"
