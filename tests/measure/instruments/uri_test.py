"""Addresses of MongoDB, as CodSpeed's runner rewrites them (spec: instruments 2)."""

from __future__ import annotations

import pytest

from rules_codspeed.measure.instruments.mongodb.uri import UriError, parse_uri

_THERE = "mongodb://127.0.0.1:27018"


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("mongodb://db:27017/shop", "/shop?directConnection=true"),
        ("mongodb://db:27017", "?directConnection=true"),
        (
            "mongodb://db:27017/?w=majority&directConnection=false&tls=true",
            "/?w=majority&tls=true&directConnection=true",
        ),
        ("mongodb://me:pw@db:27017/shop", "/shop?directConnection=true"),
        ("mongodb://db:27017/?a=b%20c&d=%7E*", "/?a=b+c&d=%7E*&directConnection=true"),
    ],
)
def test_rewritten(value: str, seen: str) -> None:
    assert parse_uri(value).through(27018) == _THERE + seen


def test_the_tracer_learns_neither_user_nor_password() -> None:
    assert parse_uri("mongodb://me:pw@db:27017/shop").host_and_port == "db:27017"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "mongodb://db/shop",
        "mongodb+srv://db:27017/shop",
        "mongodb://a:1,b:2/",
        "mongodb://db:x/",
        "mongodb://[::1/",
        "mongodb://db:27017/a\nb",
    ],
)
def test_refused(value: str) -> None:
    with pytest.raises(UriError) as caught:
        parse_uri(value)
    assert value not in str(caught.value) or not value
