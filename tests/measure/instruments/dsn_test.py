"""Connection strings."""

from __future__ import annotations

import pytest

from rules_codspeed.measure.instruments.postgres.dsn import DsnError, Server, parse_dsn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://me:pw@db:5433/shop", Server("db", 5433, "me", "pw", "shop")),
        ("postgres://me@db", Server("db", 5432, "me", "", "me")),
        ("postgresql://m%40e:p%2Fw@db/s%20x", Server("db", 5432, "m@e", "p/w", "s x")),
        ("postgresql://me@[::1]:5433/x", Server("::1", 5433, "me", "", "x")),
        ("postgresql://me@[::1]/x", Server("::1", 5432, "me", "", "x")),
        ("postgresql://%2Fvar%2FRun/x?user=me", Server("/var/Run", 5432, "me", "", "x")),
        ("postgresql:///x?host=/var/run&user=me", Server("/var/run", 5432, "me", "", "x")),
        ("postgresql://me@db/x?sslmode=disable", Server("db", 5432, "me", "", "x")),
        ("postgresql://db/x?user=me@corp", Server("db", 5432, "me@corp", "", "x")),
        ("postgresql://me@db/x@y", Server("db", 5432, "me", "", "x@y")),
        ("host=db user=me", Server("db", 5432, "me", "", "me")),
        (r"host = db user='m\'e' password=''  port=5433", Server("db", 5433, "m'e", "", "m'e")),
        (r"host=db user=m\ e", Server("db", 5432, "m e", "", "m e")),
        ("host=db user=me application_name=ci", Server("db", 5432, "me", "", "me")),
    ],
)
def test_read(text: str, expected: Server) -> None:
    assert parse_dsn(text) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it has no host"),
        ("mysql://db", "neither a URI"),
        ("host=db", "it has no user"),
        ("postgresql://me@a:1,b:2/x", "several servers"),
        ("host=a,b user=me", "several servers"),
        ("postgresql://me@db:0/x", "no number from 1 to 65535"),
        ("postgresql://me@db:99999/x", "no number from 1 to 65535"),
        ("postgresql://me@db:x/x", "no number from 1 to 65535"),
        ("postgresql://me@[::1/x", "no URI"),
        ("postgresql://me@db/x?sslmode=require", "asks for TLS"),
        ("postgresql://me@db/x?channel_binding=require", "asks for TLS"),
        ("postgresql://me@db/x?sslcert=f", "parameter sslcert"),
        ("postgresql://me@db/x?sslcert", "no URI"),
        ("postgresql://me@db/a%00b", "byte 0"),
        ("host=db user='me", "neither a URI"),
        ("host=db user=a'b", "neither a URI"),
    ],
)
def test_refused(text: str, what: str) -> None:
    with pytest.raises(DsnError, match=what.replace("[", r"\[")):
        parse_dsn(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("postgresql://me:s3cret@db/x?sslmode=verify-full", "asks for TLS"),
        ("postgresql://me:5?s3cret=5@db/x", "before its @"),
        ("postgresql://me:5#s3cret@db/x", "before its @"),
        ("postgresql://me:5/s3cret@db/x", "before its @"),
    ],
)
def test_errors_have_no_value(text: str, what: str) -> None:
    with pytest.raises(DsnError, match=what) as caught:
        parse_dsn(text)
    assert "s3cret" not in str(caught.value)
