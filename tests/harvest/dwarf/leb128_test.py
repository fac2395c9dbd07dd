"""LEB128 numbers: the vectors of the standard (DWARF 5, figures 22 and 23), and all others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.harvest.dwarf.leb128 import read_sleb, read_uleb, skip_leb
from tests.harvest.dwarf.dwarf_writer import sleb, uleb


@pytest.mark.parametrize(
    ("raw", "value"), [("02", 2), ("7f", 127), ("8001", 128), ("8101", 129), ("b964", 12857)]
)
def test_unsigned(raw: str, value: int) -> None:
    assert read_uleb(bytes.fromhex(raw + "ff"), 0) == (value, len(raw) // 2)


@pytest.mark.parametrize(
    ("raw", "value"),
    [("02", 2), ("7e", -2), ("ff00", 127), ("817f", -127), ("8001", 128), ("807f", -128)],
)
def test_signed(raw: str, value: int) -> None:
    assert read_sleb(bytes.fromhex("00" + raw), 1) == (value, 1 + len(raw) // 2)


@given(st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(0, 3))
@settings(max_examples=100)
def test_round_trip(unsigned: int, signed: int, padding: int) -> None:
    raw = bytearray(uleb(unsigned))
    if padding:
        raw[-1] |= 0x80
        raw += b"\x80" * (padding - 1) + b"\0"
    if len(raw) <= 10:
        assert read_uleb(bytes(raw), 0) == (unsigned, len(raw))
    assert skip_leb(bytes(raw), 0) == len(raw)
    assert read_sleb(sleb(signed) + b"x", 0) == (signed, len(sleb(signed)))


def test_without_an_end() -> None:
    with pytest.raises(IndexError):
        read_uleb(b"\x80\x80", 0)
    with pytest.raises(ValueError, match="more than 70 bits"):
        read_uleb(b"\x80" * 1000 + b"\0", 0)
    assert skip_leb(b"\x80" * 1000 + b"\0", 0) == 1001
