"""Each attribute form: how many bytes it takes, and its value."""

from __future__ import annotations

from itertools import product

import pytest

from rules_codspeed.harvest.dwarf.forms import Encoding, fixed_width, read_value, skip_value
from rules_codspeed.harvest.dwarf.layout import Layout, parse_attributes
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style

PLAIN = Encoding(5, 4, 8, "little")
OTHER = Encoding(3, 8, 4, "big")

# Form, bytes in each of the encodings, and the value in each; None: is only skipped.
VECTORS = [
    (w.ADDR, "8877665544332211", "55667788", 0x1122334455667788, 0x55667788),
    (w.BLOCK1, "02aabb", "02aabb", None, None),
    (w.BLOCK2, "0200aabb", "0002aabb", None, None),
    (w.BLOCK4, "02000000aabb", "00000002aabb", None, None),
    (w.BLOCK, "02aabb", "02aabb", None, None),
    (w.EXPRLOC, "02aabb", "02aabb", None, None),
    (w.DATA1, "fe", "fe", 0xFE, 0xFE),
    (w.DATA2, "0201", "0102", 0x102, 0x102),
    (w.DATA4, "04030201", "01020304", 0x1020304, 0x1020304),
    (w.DATA8, "0807060504030201", "0102030405060708", 0x102030405060708, 0x102030405060708),
    (w.DATA16, "00" * 16, "11" * 16, None, None),
    (w.UDATA, "8001", "8001", 128, 128),
    (w.SDATA, "7e", "7e", -2, -2),
    (w.FLAG, "01", "01", 1, 1),
    (w.FLAG_PRESENT, "", "", 0, 0),
    (w.IMPLICIT_CONST, "", "", 0, 0),
    (w.STRING, "616200", "616200", b"ab", b"ab"),
    (w.STRP, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.LINE_STRP, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.STRP_SUP, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.SEC_OFFSET, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.REF_ADDR, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.REF1, "07", "07", 7, 7),
    (w.REF2, "0201", "0102", 0x102, 0x102),
    (w.REF4, "04030201", "01020304", 0x1020304, 0x1020304),
    (w.REF8, "0807060504030201", "0102030405060708", 0x102030405060708, 0x102030405060708),
    (w.REF_UDATA, "8001", "8001", 128, 128),
    (w.REF_SIG8, "0807060504030201", "0102030405060708", 0x102030405060708, 0x102030405060708),
    (w.REF_SUP4, "04030201", "01020304", 0x1020304, 0x1020304),
    (w.REF_SUP8, "0807060504030201", "0102030405060708", 0x102030405060708, 0x102030405060708),
    (w.STRX, "8001", "8001", 128, 128),
    (w.STRX1, "07", "07", 7, 7),
    (w.STRX2, "0201", "0102", 0x102, 0x102),
    (w.STRX3, "030201", "010203", 0x10203, 0x10203),
    (w.STRX4, "04030201", "01020304", 0x1020304, 0x1020304),
    (w.ADDRX, "8001", "8001", 128, 128),
    (w.ADDRX1, "07", "07", 7, 7),
    (w.ADDRX2, "0201", "0102", 0x102, 0x102),
    (w.ADDRX3, "030201", "010203", 0x10203, 0x10203),
    (w.ADDRX4, "04030201", "01020304", 0x1020304, 0x1020304),
    (w.LOCLISTX, "8001", "8001", 128, 128),
    (w.RNGLISTX, "8001", "8001", 128, 128),
    (w.GNU_ADDR_INDEX, "8001", "8001", 128, 128),
    (w.GNU_STR_INDEX, "8001", "8001", 128, 128),
    (w.GNU_REF_ALT, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.GNU_STRP_ALT, "04030201", "0000000001020304", 0x1020304, 0x1020304),
    (w.INDIRECT, "0fac02", "0fac02", None, None),
    (w.INDIRECT, "1605aaaa", "1605aaaa", None, None),
]


@pytest.mark.parametrize(("form", "plain", "other", "value", "other_value"), VECTORS)
def test_vectors(
    form: int, plain: str, other: str, value: int | bytes | None, other_value: int | bytes | None
) -> None:
    for encoding, text, expected in ((PLAIN, plain, value), (OTHER, other, other_value)):
        raw = bytes.fromhex(text)
        data = b"\x80" + raw + b"\x90"
        end = 1 + len(raw)
        assert skip_value(data, 1, form, encoding) == end
        read, after = read_value(data, 1, form, encoding)
        assert after == end
        assert expected is None or read == expected
        assert fixed_width(form, encoding) in (None, len(raw))


def test_each_form_beside_each() -> None:
    for form, behind in product(VECTORS, VECTORS):
        raw = w.abbreviation(1, 5, False, [(0x02, form[0]), (0x59, w.DATA1), (0x02, behind[0])])
        for encoding, values in (
            (PLAIN, form[1] + "2a" + behind[1]),
            (OTHER, form[2] + "2a" + behind[2]),
        ):
            layout = Layout(parse_attributes(raw[3:-2]), encoding)
            data = bytes.fromhex(values)
            assert layout.skip(b"\0" + data, 1) == 1 + len(data)
            assert layout.width in (-1, len(data))
            first = data[layout.varying] if layout.varying >= 0 else 128
            if first < 128:
                counted = layout.varying + 1 + (first & layout.counts) + layout.tail
                assert counted == len(data)


def test_dwarf_2_refers_to_other_units_by_address() -> None:
    assert fixed_width(w.REF_ADDR, Encoding(2, 4, 8, "little")) == 8


@pytest.mark.parametrize("form", [0, 0x02, 0x2D, 0x1F03, 0x7FFF])
def test_unknown_forms(form: int) -> None:
    for ask in (skip_value, read_value):
        with pytest.raises(ValueError, match=f"form {form:#x}"):
            ask(bytes(20), 0, form, PLAIN)


@pytest.mark.parametrize(
    ("raw", "message"),
    [("16" * 20, "never names itself"), ("21", "without one"), ("02", "form 0x2")],
)
def test_indirect_forms_that_lead_nowhere(raw: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        skip_value(bytes.fromhex(raw), 0, w.INDIRECT, PLAIN)


def test_values_behind_the_end() -> None:
    for form, raw in [
        (w.DATA4, b"\0\0\0"),
        (w.BLOCK1, b"\2\0"),
        (w.BLOCK4, b"\0\0"),
        (w.UDATA, b""),
    ]:
        with pytest.raises(IndexError):
            read_value(raw, 0, form, PLAIN)
    with pytest.raises(ValueError, match="not found"):
        read_value(b"abc", 0, w.STRING, PLAIN)


def test_the_writer_of_the_tests_writes_these() -> None:
    assert Style().value(w.DATA2, 0x102) == bytes.fromhex("0201")
    assert Style(offset_size=8, order="big").value(w.STRP, 5) == bytes(7) + b"\5"
