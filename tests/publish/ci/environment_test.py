"""Variables of an environment."""

from __future__ import annotations

import os

import pytest

from rules_codspeed.publish.ci.environment import optional, required
from rules_codspeed.publish.errors import PublishError


def test_empty_counts_as_set() -> None:
    assert required({"A": ""}, "A") == ""
    assert optional({"A": ""}, "A") == ""


def test_unset() -> None:
    assert optional({}, "A") is None
    with pytest.raises(PublishError) as caught:
        required({}, "CI_JOB_ID")
    assert caught.value.what == "CI_JOB_ID environment variable not found"


def test_what_is_no_utf_8_counts_as_unset() -> None:
    assert optional({"A": os.fsdecode(b"\xff")}, "A") is None
    assert optional({"A": "é\U0001f600"}, "A") == "é\U0001f600"
