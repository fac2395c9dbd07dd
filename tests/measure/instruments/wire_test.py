"""Messages of PostgreSQL's protocol, and SCRAM."""

from __future__ import annotations

import struct
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.instruments.postgres import wire
from rules_codspeed.measure.instruments.postgres.client import Session
from rules_codspeed.measure.instruments.postgres.plans import Plans
from rules_codspeed.measure.instruments.postgres.scram import Scram
from rules_codspeed.measure.instruments.postgres.wire import Decoder, Message, WireError


def _row(*values: bytes | None) -> bytes:
    columns = [
        struct.pack(">i", -1) if one is None else struct.pack(">i", len(one)) + one
        for one in values
    ]
    return struct.pack(">H", len(values)) + b"".join(columns)


@given(st.lists(st.tuples(st.sampled_from([b"D", b"Z"]), st.binary(max_size=20))), st.data())
def test_messages_are_the_same_wherever_the_stream_is_cut(
    messages: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(kind + struct.pack(">I", 4 + len(one)) + one for kind, one in messages)
    decoder = Decoder()
    found: list[Message] = []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += decoder.feed(stream[:cut])
        stream = stream[cut:]
    assert found == [Message(*one) for one in messages]


@pytest.mark.parametrize("length", [0, 3, (64 << 20) + 1, 0xFFFFFFFF])
def test_impossible_lengths(length: int) -> None:
    with pytest.raises(WireError, match="a message of"):
        list(Decoder().feed(b"D" + struct.pack(">I", length)))


def test_rows() -> None:
    assert wire.row(_row(b"a", None, b"", "ä".encode(), b"\xff")) == ["a", None, "", "ä", "\ufffd"]
    whole = _row(b"abc", b"de")
    for end in range(len(whole)):
        with pytest.raises(WireError, match="row"):
            wire.row(whole[:end])
    with pytest.raises(WireError, match="more than its columns"):
        wire.row(whole + b"x")


def test_errors_of_a_server() -> None:
    content = b"SERROR\0C42P01\0Mrelation does not exist\0\0"
    assert wire.fault(content) == "42P01: relation does not exist"
    assert wire.fault(b"") == "an error"


def test_scram() -> None:
    # Inputs of RFC 7677. PostgreSQL wants the user's name empty, so the proof is another one; the
    # tests with a real server show that it is right.
    scram = Scram("pencil", "rOprNGfwEbeRWgbNEkqO")
    assert scram.first() == b"n,,n=,r=rOprNGfwEbeRWgbNEkqO"
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    final = scram.final(f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".encode())
    assert final.startswith(f"c=biws,r={nonce},p=".encode())
    with pytest.raises(WireError, match="does not know the password"):
        scram.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"r=other,s=QQ==,i=4096",
        b"r=mine1,s=QQ==,i=x",
        b"r=mine1,s=QQ==,i=0",
        b"r=mine1,s=QQ==,i=99999999999",
        b"r=mine1,s=QQ==,i=00000000199999999999",
        b"r=mine1,s=!,i=4096",
    ],
)
def test_hostile_scram(first: bytes) -> None:
    with pytest.raises(WireError):
        Scram("x", "mine").final(first)


def test_a_server_that_proves_nothing() -> None:
    with pytest.raises(WireError, match="does not know the password"):
        Scram("x").check(b"v=")


class _Explains:
    """Answers with a plan of some levels."""

    def __init__(self, levels: int) -> None:
        self._text = "[" * levels + "]" * levels

    def query(self, sql: str, timeout_s: float) -> list[list[str | None]]:
        assert sql == "EXPLAIN (FORMAT JSON) SELECT"
        return [[self._text]]


def test_plans_take_a_minute_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 35))
    monkeypatch.setattr("time.monotonic", lambda: float(next(now)))

    class Slow:
        def query(self, sql: str, timeout_s: float) -> list[list[str | None]]:
            return [["[1]"]]

    plans = Plans(cast(Session, Slow()), 160000)
    assert [plans.of(sql) for sql in ("a", "b", "c", "a")] == [[1], [1], None, [1]]


@pytest.mark.parametrize(("levels", "kept"), [(119, True), (120, False), (127, False)])
def test_a_plan_is_kept_if_documents_with_it_can_be_read(levels: int, kept: bool) -> None:
    plans = Plans(cast(Session, _Explains(levels)), 160000)
    assert (plans.of("SELECT") is not None) == kept
