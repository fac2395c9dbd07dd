"""Events of single records: the vectors of the specification, and what is too short."""

from __future__ import annotations

import io

import pytest

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.events import Comm, Event, Fork, Mmap2
from rules_codspeed.capture.perf.order import ordered_events
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder

# (spec: symbol-harvest 2.3)
MMAP2 = (
    "0a000000 0200 5800 92100000 92100000 0050555555550000 0010000000000000 0010000000000000 "
    "08000000 01000000 40e2010000000000 0000000000000000 05000000 02000000 "
    "2f746d702f612e6f7574000000000000"
)
FORK = "07000000 0000 2000 cc100000 92100000 cc100000 92100000 40420f0000000000"
COMM = "03000000 0020 1800 cc100000 cc100000 62656e6368000000"


def read(data: bytes) -> list[Event]:
    return list(ordered_events(io.BytesIO(data), "p"))


def read_without_trailer(*records: bytes) -> list[Event]:
    attributes = [made.attribute(flags=made.FREQUENCY)]
    return read(Recorder(attributes=attributes).add(*records).data)


def test_mmap2_of_the_specification() -> None:
    data = bytes.fromhex(MMAP2)
    assert data == made.mmap2(4242, 0x555555555000, 0x1000, 0x1000, b"/tmp/a.out")
    assert read_without_trailer(data) == [
        Mmap2(4242, 4242, 0x555555555000, 0x555555556000, 0x1000, 5, b"/tmp/a.out", None)
    ]


def test_fork_of_the_specification() -> None:
    data = bytes.fromhex(FORK)
    assert data == made.fork(4300, 4242, 1000000)
    assert read_without_trailer(data) == [Fork(4300, 4242, 4300, 4242, None)]


def test_comm_of_the_specification() -> None:
    data = bytes.fromhex(COMM)
    assert data == made.comm(4300, b"bench")
    assert read_without_trailer(data) == [Comm(4300, 4300, True, b"bench", None)]


def test_name_that_is_no_exec() -> None:
    assert read(Recorder().comm(7, b"pool-1", 5, execve=False).data) == [
        Comm(7, 7, False, b"pool-1", 5)
    ]


def test_thread() -> None:
    assert read(Recorder().fork(7, 7, 9, tid=8).data) == [Fork(7, 7, 8, 7, 9)]


@pytest.mark.parametrize("path", [b"", b"a", b"/bin/sh", b"/12345678", b"\xff\xfe /x", b"/" * 4000])
@pytest.mark.parametrize("order", ["<", ">"])
def test_paths_of_all_lengths(path: bytes, order: str) -> None:
    data = Recorder(order=order).mmap2(7, 4096, 10, 0, path, 77).data
    assert read(data) == [Mmap2(7, 7, 4096, 4106, 0, 5, path, 77)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "sample_type",
    [
        made.TIME,
        made.TID | made.TIME,
        made.USUAL | made.CPU,
        made.TIME | made.ID | made.CPU,
        made.TID | made.TIME | made.STREAM_ID,
        made.TID | made.TIME | made.IDENTIFIER,
        made.TIME | made.ID | made.STREAM_ID | made.CPU | made.IDENTIFIER,
        made.IP | made.TID | made.TIME | made.ADDR | made.READ | made.CALLCHAIN | made.ID,
    ],
)
def test_time_in_any_trailer(sample_type: int, order: str) -> None:
    time = 0x0123456789ABCDEF
    recorder = Recorder(sample_type, order)
    recorder.mmap2(7, 4096, 4096, 0, b"/a", time).fork(8, 7, time).comm(8, b"b", time)
    assert [event.time for event in read(recorder.data)] == [time] * 3


def test_no_time_in_the_trailer() -> None:
    recorder = Recorder(made.TID | made.CPU).mmap2(7, 4096, 4096, 0, b"/a").fork(8, 7)
    assert [event.time for event in read(recorder.data)] == [None, None]


def test_process_of_the_kernel() -> None:
    (event,) = read(Recorder().mmap2(-1, 0xFFFFFFFF81000000, 0x1000, 0, b"[kernel]").data)
    assert event.pid == -1


def test_mapping_at_the_end_of_all_addresses() -> None:
    (event,) = read(Recorder().mmap2(1, (1 << 64) - 4096, 4096, 0, b"/a").data)
    assert isinstance(event, Mmap2)
    assert event.end == 1 << 64


def test_mapping_behind_the_end_of_all_addresses() -> None:
    data = Recorder().mmap2(1, (1 << 64) - 4096, 4097, 0, b"/a").data
    with pytest.raises(DamagedFile, match="a mapping of 4097 bytes at 0xfffffffffffff000"):
        read(data)


@pytest.mark.parametrize("body", [b"", bytes(15), b"x" * 63, b"x" * 72, b"x" * 400])
def test_mapping_whose_path_has_no_end(body: bytes) -> None:
    data = Recorder(attributes=[made.attribute(flags=0)]).data
    with pytest.raises(DamagedFile, match=f"type 10 with only {len(body)} bytes") as caught:
        read(data + made.record(10, body))
    assert caught.value.offset == len(data)


@pytest.mark.parametrize(
    ("kind", "length"), [(10, 8), (10, 15), (10, 64), (7, 8), (7, 23), (3, 0), (3, 8)]
)
def test_record_that_is_too_short(kind: int, length: int) -> None:
    data = Recorder().data
    with pytest.raises(DamagedFile, match=f"a record of type {kind} with only {length} bytes"):
        read(data + made.record(kind, bytes([1]) * length))
