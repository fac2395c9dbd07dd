"""The records of a stream: both byte orders, compression, and bytes outside records."""

from __future__ import annotations

import io
import struct
import sys

import pytest

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.expander import MAX_EXPANSION
from rules_codspeed.capture.perf.record import Record
from rules_codspeed.capture.perf.stream import Recording
from rules_codspeed.contract.errors import CodSpeedError
from tests.capture.perf import recordings as made

ALL = frozenset(range(256))


def read(
    data: bytes, wanted: frozenset[int] = ALL, block_size: int = 1 << 20
) -> list[tuple[int, int, bytes]]:
    recording = Recording(io.BytesIO(data), "perf.pipedata", block_size)
    return [(one.type, one.misc, one.body) for one in recording.records(wanted)]


def test_header_of_the_specification() -> None:
    assert made.header() == bytes.fromhex("50455246494c4532 1000000000000000")
    assert read(made.header()) == []


@pytest.mark.parametrize("order", ["<", ">"])
def test_records_of_both_byte_orders(order: str) -> None:
    data = made.header(order) + made.record(9, b"12345678", 0x1234, order)
    recording = Recording(io.BytesIO(data), "p")
    assert recording.order == order
    assert list(recording.records(ALL)) == [Record(9, 0x1234, b"12345678", 16)]


def test_only_the_wanted_records() -> None:
    data = made.header() + made.record(9, b"s" * 8) + made.record(10, b"m") + made.record(3, b"c")
    assert read(data, frozenset({10})) == [(10, 0, b"m")]
    assert [kind for kind, _, _ in read(data)] == [9, 10, 3]


def test_offsets_are_those_of_the_file() -> None:
    records = [made.record(kind, b"x" * kind) for kind in (1, 2, 3)]
    data = made.header() + b"".join(records)
    for block_size in (1, 7, 1000):
        found = list(Recording(io.BytesIO(data), "p", block_size).records(ALL))
        assert [one.offset for one in found] == [16, 25, 35]
        for one in found:
            assert data[one.offset :].startswith(records[one.type - 1])


@pytest.mark.parametrize("block_size", [1, 2, 3, 5, 8, 13, 64, 1000])
def test_whatever_blocks_it_is_read_in(block_size: int) -> None:
    records = [made.record(9, b"a" * 20), made.record(10, b"b" * 100), made.record(9, b"c" * 3)]
    records += made.compressed([made.record(3, b"d" * 9), made.record(7, b"e" * 50)])
    data = made.header() + b"".join(records)
    for wanted in (ALL, frozenset({10, 7}), frozenset({9}), frozenset[int]()):
        assert read(data, wanted, block_size) == read(data, wanted)
    assert [kind for kind, _, _ in read(data)] == [9, 10, 9, 3, 7]


@pytest.mark.parametrize("order", ["<", ">"])
def test_bytes_outside_of_the_size(order: str) -> None:
    zeros = bytes(64)  # as records they would be damaged
    tracing = made.record(made.TRACING_DATA, struct.pack(order + "I", 24), order=order)
    trace = made.record(
        made.AUXTRACE, struct.pack(order + "QQQIIII", 64, 1, 2, 3, 4, 5, 0), order=order
    )
    last = made.record(10, b"m", order=order)
    data = made.header(order) + tracing + zeros[:24] + trace + zeros + last
    for block_size in (1, 11, 1000):
        assert [kind for kind, _, _ in read(data, ALL, block_size)] == [66, 71, 10]
        assert read(data, frozenset({10}), block_size) == [(10, 0, b"m")]


def test_more_bytes_outside_than_there_are() -> None:
    trace = made.record(made.AUXTRACE, struct.pack("<Q", (1 << 64) - 1))
    assert read(made.header() + trace + made.record(10), frozenset({10})) == []


def test_record_of_the_largest_size() -> None:
    body = bytes(65535 - 8)
    data = made.header() + made.record(10, body) + made.record(10)
    assert read(data, ALL, 4096) == [(10, 0, body), (10, 0, b"")]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [made.COMPRESSED, made.COMPRESSED2])
def test_compressed_records_straddle_pieces(kind: int, order: str) -> None:
    records = [made.record(9, bytes([number]) * number * 7, order=order) for number in range(40)]
    inner = b"".join(records)
    pieces = [inner[:3], inner[3:11], inner[11:12], inner[12:3000], inner[3000:]]
    data = made.header(order) + b"".join(made.compressed(pieces, kind, order))
    plain = read(made.header(order) + inner)
    assert len(plain) == 40
    for block_size in (1, 100, 1 << 20):
        assert read(data, ALL, block_size) == plain


def test_compressed_and_plain_records_keep_their_order() -> None:
    pieces = made.compressed([made.record(1, b"x"), made.record(3, b"x"), made.record(7, b"x")])
    mark = made.record(made.FINISHED_ROUND)
    data = made.header() + made.record(64) + pieces[0] + mark + pieces[1] + pieces[2] + mark
    assert [kind for kind, _, _ in read(data)] == [64, 1, 68, 3, 7, 68]


def test_compressed_record_has_the_offset_of_its_piece() -> None:
    inner = made.record(9, b"x" * 100)
    pieces = made.compressed([inner[:50], inner[50:] + made.record(10)])
    data = made.header() + made.record(1) + b"".join(pieces)
    found = list(Recording(io.BytesIO(data), "p").records(ALL))
    assert [(one.type, one.offset) for one in found] == [
        (1, 16),
        (9, 24 + len(pieces[0])),
        (10, 24 + len(pieces[0])),
    ]


def test_padding_of_the_second_kind_is_no_data() -> None:
    (piece,) = made.compressed([made.record(10, b"body")], made.COMPRESSED2)
    length = struct.unpack_from("<Q", piece, 8)[0]
    padded = made.record(made.COMPRESSED2, piece[8 : 16 + length] + b"\xff" * 24)
    assert read(made.header() + padded) == [(10, 0, b"body")]


def test_compressed_record_within_compressed_data_is_passed_over() -> None:
    pieces = made.compressed([made.record(made.COMPRESSED, b"inner") + made.record(10)])
    assert read(made.header() + pieces[0]) == [(10, 0, b"")]


def test_highly_compressed_records() -> None:
    records = [made.record(9, bytes(60000)) for _ in range(200)]
    pieces = made.compressed([b"".join(records[:100]), b"".join(records[100:])])
    assert sum(map(len, pieces)) < 60000
    assert len(read(made.header() + b"".join(pieces))) == 200


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "a file of 0 bytes"),
        (b"PERFILE2\x10\0\0", "a file of 11 bytes"),
        (bytes(16), r"a file that starts with b'\\x00"),
        (b"PERFFILE" + bytes(8), "a file that starts with b'PERFFILE'"),
        (
            made.header(size=104) + bytes(88),
            "104 bytes, as of a recording that is not in pipe mode",
        ),
    ],
)
def test_no_recording_in_pipe_mode(data: bytes, got: str) -> None:
    with pytest.raises(DamagedFile, match=got) as caught:
        Recording(io.BytesIO(data), "run/perf.pipedata")
    assert str(caught.value).startswith("run/perf.pipedata: damaged at byte 0. Got: ")
    assert "Expected: PERFILE2 and a header of 16 bytes. Fix: record with" in str(caught.value)
    assert caught.value.offset == 0


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("kind", [0, 9, 10, 66, 71, 81])
def test_size_that_no_record_has(kind: int, size: int) -> None:
    bad = struct.pack("<IHH", kind, 0, size) + bytes(32)
    data = made.header() + made.record(9, bytes(92)) + bad
    for block_size in (1, 50, 1000):
        with pytest.raises(DamagedFile) as caught:
            read(data, frozenset({10}), block_size)
        assert caught.value.offset == 116
        assert f"Got: a record of type {kind} and {size} bytes. Expected: at least 8" in str(
            caught.value
        )


@pytest.mark.parametrize(("kind", "size", "least"), [(66, 11, 12), (71, 15, 16)])
def test_too_short_to_tell_what_is_outside(kind: int, size: int, least: int) -> None:
    with pytest.raises(DamagedFile, match=f"{size} bytes. Expected: at least {least} bytes"):
        read(made.header() + made.record(kind, bytes(size - 8)))


def test_damage_within_compressed_data_has_the_place_of_the_piece() -> None:
    pieces = made.compressed([made.record(10), made.record(9) + bytes(8)])
    with pytest.raises(DamagedFile, match="type 0 and 0 bytes in compressed data") as caught:
        read(made.header() + b"".join(pieces))
    assert caught.value.offset == 16 + len(pieces[0])


def test_no_zstd_stream() -> None:
    data = made.header() + made.record(1) + made.record(made.COMPRESSED, b"no zstd at all")
    with pytest.raises(DamagedFile, match="compressed data that zstd refuses") as caught:
        read(data)
    assert caught.value.offset == 24
    assert "Fix: record again, or without compression" in str(caught.value)


def test_a_piece_of_the_zstd_stream_is_missing() -> None:
    pieces = made.compressed([made.record(9, bytes(range(256)) * 9) for _ in range(9)])
    with pytest.raises(DamagedFile, match="damaged at byte"):
        read(made.header() + b"".join(pieces[1:]))


@pytest.mark.parametrize("announced", [9, 1 << 20, 1 << 63, (1 << 64) - 1])
def test_more_compressed_data_than_the_record_has(announced: int) -> None:
    body = struct.pack("<Q", announced) + bytes(8)
    with pytest.raises(
        DamagedFile, match=f"record of 16 bytes that announces {announced} bytes of data"
    ):
        read(made.header() + made.record(made.COMPRESSED2, body))


def test_second_kind_without_length() -> None:
    with pytest.raises(DamagedFile, match="a compressed record of 4 bytes that announces 0 bytes"):
        read(made.header() + made.record(made.COMPRESSED2, b"1234"))


def test_expansion_has_a_bound() -> None:
    (piece,) = made.compressed([b"\x09\0\0\0\0\0\xff\xff" * (MAX_EXPANSION // 8 + 1)])
    assert len(piece) < 65536
    with pytest.raises(DamagedFile, match=f"expand to more than {MAX_EXPANSION}") as caught:
        read(made.header() + piece, frozenset({10}))
    assert caught.value.offset == 16


def test_plain_recording_needs_no_zstandard(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = made.compressed([made.record(10)])[0]
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert read(made.header() + made.record(10)) == [(10, 0, b"")]
    with pytest.raises(CodSpeedError, match="a Python without the package zstandard") as caught:
        read(made.header() + piece)
    assert not isinstance(caught.value, DamagedFile)
    assert "perf.pipedata: its records are compressed. Got: " in str(caught.value)
    assert "Fix: add zstandard" in str(caught.value)


def test_truncated_anywhere_it_ends_quietly() -> None:
    records = [made.record(10, b"m" * 9), made.record(9, b"s" * 30)]
    records += made.compressed([made.record(7, b"f" * 40)[:20], made.record(7, b"f" * 40)[20:]])
    data = made.header() + b"".join(records)
    whole = read(data)
    assert [kind for kind, _, _ in whole] == [10, 9, 7]
    for length in range(16, len(data)):
        found = read(data[:length])
        assert found == whole[: len(found)]
        assert len(found) < 3
    ends = [16 + sum(map(len, records[:count])) for count in (0, 1, 2)]
    assert [len(read(data[:end])) for end in ends] == [0, 1, 2]
