"""ExecutionTimestamps.msgpack: the specification's bytes, every width of a number, and damage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.timestamps import Timestamps, dump, parse

# Of runner 4.11.0 (spec: walltime 9.4).
VECTOR = bytes.fromhex(
    """
    82 a9 7572695f62795f7473 91 92 ce000f45c4 a7 612e70793a3a62
       a7 6d61726b657273 94
          81 ab 53616d706c655374617274             ce000f4240
          81 ae 42656e63686d61726b5374617274       ce000f42a4
          81 ac 42656e63686d61726b456e64           ce000f4308
          81 a9 53616d706c65456e64                 ce000f4560
    """
)
MARKERS = [
    ("SampleStart", 1000000),
    ("BenchmarkStart", 1000100),
    ("BenchmarkEnd", 1000200),
    ("SampleEnd", 1000800),
]


def test_vector() -> None:
    assert len(VECTOR) == 109
    found = Timestamps([(1000900, "a.py::b")], MARKERS)
    assert parse(VECTOR) == found
    assert dump(found) == VECTOR


NUMBERS = st.sampled_from([1 << bits for bits in range(65)]).flatmap(
    lambda power: st.integers(max(0, power - 2), min(power + 1, 2**64 - 1))
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["x" * size for size in (31, 32, 255, 256, 65535, 65536)]
)


@settings(max_examples=80)
@given(
    st.lists(st.tuples(NUMBERS, TEXT), max_size=18),
    st.lists(st.tuples(TEXT, NUMBERS), max_size=18),
)
def test_any_timestamps_are_read_back(
    uri_by_ts: list[tuple[int, str]], markers: list[tuple[str, int]]
) -> None:
    found = Timestamps(uri_by_ts, markers)
    assert parse(dump(found)) == found


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "cc80"),
        (255, "ccff"),
        (256, "cd0100"),
        (65536, "ce00010000"),
        (2**32 - 1, "ceffffffff"),
        (2**32, "cf0000000100000000"),
        (2**64 - 1, "cfffffffffffffffff"),
    ],
)
def test_numbers_take_their_shortest_form(number: int, written: str) -> None:
    assert dump(Timestamps([], [("", number)])).hex().endswith(f"a76d61726b6572739181a0{written}")


@pytest.mark.parametrize("count", [15, 16, 65535, 65536])
def test_counts_of_any_size(count: int) -> None:
    found = Timestamps([], [("S", 1)] * count)
    assert parse(dump(found)) == found


@pytest.mark.parametrize(
    "long_form",
    [
        # The map, an array, a text and a number in more bytes than they need.
        b"\xdf\x00\x00\x00\x02" + VECTOR[1:],
        b"\xde\x00\x02" + VECTOR[1:],
        VECTOR.replace(b"\x91\x92", b"\xdd\x00\x00\x00\x01\xdc\x00\x02"),
        VECTOR.replace(b"\xa7a.py", b"\xdb\x00\x00\x00\x07a.py"),
        VECTOR.replace(b"\xce\x00\x0f\x42\x40", b"\xcf\x00\x00\x00\x00\x00\x0f\x42\x40"),
        # The other order of the keys.
        b"\x82" + VECTOR[VECTOR.index(b"\xa7markers") :] + VECTOR[1 : VECTOR.index(b"\xa7markers")],
    ],
)
def test_other_writers(long_form: bytes) -> None:
    assert long_form != VECTOR
    assert dump(parse(long_form)) == VECTOR


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "the end of the file within a value, at byte 0"),
        (b"\x90", "no map, at byte 0"),
        (b"\x80", "uri_by_ts or markers is missing, at byte 1"),
        (b"\x81\xa7markers\x90", "uri_by_ts or markers is missing, at byte 10"),
        (VECTOR + b"\x00", "more than one value, at byte 109"),
        (b"\x82\xa3new", "key 'new', where another is due, at byte 5"),
        (b"\x82\xa7markers\x90\xa7markers\x90", "key 'markers', where another is due, at byte 18"),
        (b"\x82\xa9uri_by_ts\x91\x93\x01", "array of another size than 2 before, at byte 13"),
        (b"\x82\xa9uri_by_ts\x91\x92\xff\xa0", "no unsigned number, at byte 13"),
        (b"\x82\xa9uri_by_ts\x91\x92\x01\xc4\x00", "no text, at byte 14"),
        (b"\x82\xa7markers\x91\x82\xa1", "map of another size than 1 before, at byte 11"),
        (b"\x82\xa7markers\xdd\xff\xff\xff\xff", "array of 4294967295 values, which are not there"),
        (b"\x82\xa9uri_by_ts\x91\x92\x01\xa1\xff", "text that is not UTF-8 before, at byte 16"),
        (b"\x82\xdb\xff\xff\xff\xff", "the end of the file within a value, at byte 6"),
    ],
)
def test_damage(content: bytes, fault: str) -> None:
    with pytest.raises(ValueError, match="at byte") as caught:
        parse(content)
    assert str(caught.value).startswith(fault)


@pytest.mark.parametrize("size", range(len(VECTOR)))
def test_truncated(size: int) -> None:
    with pytest.raises(ValueError, match=r"at byte \d+$"):
        parse(VECTOR[:size])


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, len(VECTOR)), st.integers(0, len(VECTOR)))
def test_any_bytes_are_read_or_refused(content: bytes, start: int, end: int) -> None:
    for damaged in (content, VECTOR[:start] + content + VECTOR[end:]):
        try:
            found = parse(damaged)
        except ValueError:
            continue
        assert parse(dump(found)) == found


def test_too_large_to_write() -> None:
    with pytest.raises(ValueError, match="18446744073709551616 is too large"):
        dump(Timestamps([(2**64, "x")], []))
