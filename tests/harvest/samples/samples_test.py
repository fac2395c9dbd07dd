"""Samples of any combination of parts."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.harvest.samples.samples import Sample, read_samples
from tests.capture.perf import recordings as made
from tests.capture.perf.recordings import Recorder


def read(data: bytes) -> list[Sample]:
    return list(read_samples(io.BytesIO(data), "p"))


def test_usual_sample() -> None:
    (sample,) = read(Recorder().sample(4242, 0x401000, 99, [0x401000, 0x402000]).data)
    assert sample[:7] == (4242, 4242, 99, 0x401000, True, 1000, (0x401000, 0x402000))
    assert sample.event.sample_type == made.USUAL


def test_marks_of_the_call_chain_are_left_out() -> None:
    user, kernel = (1 << 64) - 512, (1 << 64) - 128
    chain = [kernel, 0xFFFFFFFF81000010, user, 0x401000, (1 << 64) - 4095]
    (sample,) = read(Recorder().sample(1, 1, 1, chain).data)
    assert sample.callchain == (0xFFFFFFFF81000010, 0x401000)


@pytest.mark.parametrize(("address", "kept"), [((1 << 64) - 4096, True), ((1 << 64) - 4095, False)])
def test_first_mark(address: int, kept: bool) -> None:
    (sample,) = read(Recorder().sample(1, 1, 1, [1, address]).data)
    assert sample.callchain == ((1, address) if kept else (1,))


def test_what_follows_the_call_chain_is_not_read() -> None:
    (sample,) = read(Recorder().sample(1, 2, 3, [4], b"\xff" * 16000).data)
    assert sample.callchain == (4,)


def test_mode_of_the_sample() -> None:
    data = bytearray(Recorder().sample(1, 2).data)
    start = len(Recorder().data)
    for misc, user in ((1, False), (2, True), (0x4002, True), (0x4001, False)):
        data[start + 4 : start + 6] = misc.to_bytes(2, "little")
        assert read(bytes(data))[0].user is user


@given(st.integers(0, (1 << 10) - 1), st.booleans(), st.sampled_from("<>"))
@settings(max_examples=150)
def test_any_parts(parts: int, identifier: bool, order: str) -> None:
    sample_type = parts & ~made.READ | (made.IDENTIFIER if identifier else 0)
    recorder = Recorder(sample_type, order).sample(42, 0x1234567890, 77, [5, 6])
    sample = read(recorder.data)[0]
    has = sample_type.__and__
    assert (sample.pid, sample.tid) == ((42, 42) if has(made.TID) else (0, 0))
    assert sample.ip == (0x1234567890 if has(made.IP) else 0)
    assert sample.time == (77 if has(made.TIME) else None)
    assert sample.period == (1000 if has(made.PERIOD) else 0)
    assert sample.callchain == ((5, 6) if has(made.CALLCHAIN) else ())


def test_fixed_period() -> None:
    attribute = made.attribute(made.IP, flags=made.SAMPLE_ID_ALL, period=4000)
    assert read(Recorder(made.IP, attributes=[attribute]).sample(1, 2).data)[0].period == 4000


@pytest.mark.parametrize(
    ("read_format", "words"),
    [
        (0, [9]),
        (1 | 2, [9, 8, 7]),
        (1 | 2 | 4 | 16, [9, 8, 7, 6, 5]),
        (8, [2, 11, 12]),
        (8 | 1 | 4, [2, 99, 11, 1, 12, 2]),
        (8 | 1 | 2 | 4 | 16, [3, 99, 98, 1, 1, 1, 2, 2, 2, 3, 3, 3]),
        (8, [0]),
    ],
)
def test_counters_in_the_sample(read_format: int, words: list[int]) -> None:
    sample_type = made.IP | made.READ | made.CALLCHAIN
    attribute = made.attribute(sample_type, read_format=read_format)
    body = struct.pack(f"<Q{len(words)}QQQ", 0x401000, *words, 1, 0x402000)
    recorder = Recorder(sample_type, attributes=[attribute]).add(made.record(made.SAMPLE, body))
    assert read(recorder.data)[0].callchain == (0x402000,)


def test_event_by_identifier() -> None:
    base = made.IP | made.IDENTIFIER
    attributes = [
        made.attribute(base | made.TID, config=3, ids=[5, 6]),
        made.attribute(base, config=4, ids=[1]),
    ]
    (sample,) = read(Recorder(base, attributes=attributes).sample(1, 0x401000).data)
    assert (sample.event.config, sample.ip, sample.pid) == (4, 0x401000, 0)


def test_event_by_id() -> None:
    base = made.IP | made.TID | made.TIME | made.ADDR | made.ID
    attributes = [
        made.attribute(base, config=3, ids=[9]),
        made.attribute(base | made.PERIOD, config=4, ids=[1]),
    ]
    recorder = Recorder(base | made.PERIOD, attributes=attributes)
    (sample,) = read(recorder.sample(1, 0x401000).data)
    assert (sample.event.config, sample.period) == (4, 1000)


def test_sample_of_an_unknown_event() -> None:
    base = made.IP | made.IDENTIFIER
    attributes = [made.attribute(base, ids=[5]), made.attribute(base, ids=[6])]
    data = Recorder(base, attributes=attributes).sample(1, 1).data
    with pytest.raises(DamagedFile, match=r"a sample of the event 1\. Expected: an event of"):
        read(data)


@pytest.mark.parametrize("length", range(0, 48, 8))
def test_sample_that_is_too_short(length: int) -> None:
    start = Recorder().data
    body = Recorder().sample(1, 1, 1, [2]).data[len(start) + 8 :][:length]
    with pytest.raises(DamagedFile, match=f"type 9 with only {length} bytes") as caught:
        read(start + made.record(made.SAMPLE, body))
    assert caught.value.offset == len(start)


def test_identifier_that_is_too_short() -> None:
    base = made.IP | made.IDENTIFIER
    attributes = [made.attribute(base, ids=[5]), made.attribute(base, ids=[6])]
    with pytest.raises(DamagedFile, match="type 9 with only 7 bytes"):
        read(Recorder(attributes=attributes).add(made.record(made.SAMPLE, bytes(7))).data)


@pytest.mark.parametrize("count", [3, 1 << 20, 1 << 61, (1 << 64) - 1])
def test_call_chain_that_is_too_long(count: int) -> None:
    recorder = Recorder(made.CALLCHAIN)
    recorder.add(made.record(made.SAMPLE, struct.pack("<QQQ", count, 1, 2)))
    with pytest.raises(DamagedFile, match="with only 24 bytes"):
        read(recorder.data)


def test_group_that_is_too_long() -> None:
    sample_type = made.READ | made.CALLCHAIN
    attribute = made.attribute(sample_type, read_format=8)
    body = struct.pack("<QQQ", 1 << 62, 1, 2)
    recorder = Recorder(attributes=[attribute]).add(made.record(made.SAMPLE, body))
    with pytest.raises(DamagedFile, match="with only 24 bytes"):
        read(recorder.data)
